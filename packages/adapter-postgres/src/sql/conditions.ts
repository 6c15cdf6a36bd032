import type { Filter, FilterValue } from '@mission-control/core/storage'
import type { RecordTable } from '../record-tables.ts'
import type { Parameters } from '../statement.ts'
import { fieldText, typeOf } from './fields.ts'

/** The condition of a page: its project and its filters; an empty text when there is none. */
export function whereText(
  table: RecordTable,
  projectId: string | undefined,
  filters: readonly Filter[],
  values: Parameters,
  more: readonly string[] = [],
): string {
  const ofProject = projectId === undefined ? [] : [`t."project_id" = ${values.add(projectId, 'text')}`]
  const conditions = [...ofProject, ...filters.map((filter) => filterText(table, filter, values)), ...more]
  return conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
}

const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

function filterText(table: RecordTable, filter: Filter, values: Parameters): string {
  switch (filter.op) {
    case 'eq':
    case 'ne': {
      const { text, type } = fieldText(table, filter.field, filter.value)
      const negated = filter.op === 'ne'
      if (filter.value === null) return `${text} is ${negated ? 'not ' : ''}null`
      return `${text} ${negated ? 'is distinct from' : '='} ${values.add(filter.value, type)}`
    }
    case 'in':
      return amongText(table, filter.field, filter.value, values)
    case 'contains': {
      const { text } = fieldText(table, filter.field, null)
      const item = filter.value === null ? 'null::text' : values.add(filter.value, typeOf(filter.value))
      return `${text} @> jsonb_build_array(${item})`
    }
    default: {
      const { text, type } = fieldText(table, filter.field, filter.value)
      return `${text} ${COMPARISONS[filter.op]} ${values.add(filter.value, type)}`
    }
  }
}

/** Null is a value like any other here, which SQL's own `in` does not think. */
function amongText(table: RecordTable, field: string, among: readonly FilterValue[], values: Parameters): string {
  const given = among.filter((value) => value !== null)
  const { text, type } = fieldText(table, field, given[0] ?? null)
  const conditions = [`${text} = any(${values.add(given, `${type}[]`)})`]
  if (given.length < among.length) conditions.push(`${text} is null`)
  return `(${conditions.join(' or ')})`
}
