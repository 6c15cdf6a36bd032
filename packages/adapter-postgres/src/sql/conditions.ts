import type { Filter, FilterValue } from '@mission-control/core/storage'
import type { RecordTable } from '../record-tables.ts'
import type { Parameters } from '../statement.ts'
import { containsText, equalText, type Field, fieldOf, isNullText, orderText, valueText } from './fields.ts'

/** The condition of a page: its project, its filters, and more; an empty text when there is none. */
export function whereText(
  table: RecordTable,
  { projectId, filters = [] }: { readonly projectId?: string; readonly filters?: readonly Filter[] },
  values: Parameters,
  more: readonly string[] = [],
): string {
  const ofProject = projectId === undefined ? [] : [`t."project_id" = ${values.add(projectId, 'text')}`]
  const filtered = filters.map((filter) => filterText(fieldOf(table, filter.field), filter, values))
  const conditions = [...ofProject, ...filtered, ...more]
  return conditions.length === 0 ? '' : `where ${conditions.join(' and ')}`
}

const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

function filterText(field: Field, { op, value }: Filter, values: Parameters): string {
  switch (op) {
    case 'eq':
      if (typeof value === 'string' && isStatus(field, value)) return `${field.text} = '${value}'`
      return equalText(field, value, values)
    case 'ne':
      if (value === null) return `not ${isNullText(field)}`
      return `${field.text} is distinct from ${valueText(field, value, values)}`
    case 'in':
      return amongText(field, value, values)
    case 'contains':
      return containsText(field, value, values)
    default:
      return value === null ? 'false' : orderText(field, COMPARISONS[op], value, values)
  }
}

/**
 * A status is written into the text: connections plan a statement before they know its values, and an index of only
 * the rows that have a status is of no use to a plan that does not know which one is asked for.
 */
function isStatus({ text }: Field, value: string): boolean {
  return text.endsWith('"status"') && /^[A-Z][A-Z_]{0,39}$/.test(value)
}

/** Null is a value like any other here, which SQL's own `in` does not think. */
function amongText(field: Field, among: readonly FilterValue[], values: Parameters): string {
  const given = among.filter((value) => value !== null)
  const list =
    field.type === 'jsonb'
      ? `${values.add(
          given.map((value) => JSON.stringify(value)),
          'text[]',
        )}::jsonb[]`
      : values.add(given, `${field.type}[]`)
  const isGiven = `${field.text} = any(${list})`
  return given.length < among.length ? `(${isGiven} or ${isNullText(field)})` : isGiven
}
