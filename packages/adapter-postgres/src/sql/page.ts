import { type FilterValue, invariant, type Kind, type PageRequest } from '@mission-control/core/storage'
import { RECORD_TABLES, type RecordTable, tableName } from '../record-tables.ts'
import { Parameters, type Statement } from '../statement.ts'
import { whereText } from './conditions.ts'
import { fieldText } from './fields.ts'

interface SortKey {
  readonly text: string
  readonly type: string
  readonly isAscending: boolean
}

/**
 * A page by keyset: it goes on after the last row of the page before, wherever rows were added meanwhile. Nulls come
 * first going up and last going down. Each row answers its place beside itself, for the next page.
 */
export function recordPage<K extends Kind>(request: PageRequest<K>): Statement {
  const table = RECORD_TABLES[request.kind]
  const values = new Parameters()
  const keys = sortKeys(table, request)
  const after = request.after === undefined ? [] : [afterText(keys, request.after, values)]
  const where = whereText(table, request.projectId, request.filters ?? [], values, after)
  const order = keys.map(({ text, isAscending }) => `${text} ${isAscending ? 'asc nulls first' : 'desc nulls last'}`)
  const text = `select json_build_object('rows', (select json_agg(found) from (
  select json_build_array(${keys.map(({ text }) => text).join(', ')}) as place, to_json(t) as row
  from ${tableName(table)} as t ${where}
  order by ${order.join(', ')} limit ${values.add(request.limit + 1, 'int8')}
) as found))::text as doc`
  return { text, values: values.values }
}

function sortKeys<K extends Kind>(table: RecordTable, { order = [] }: PageRequest<K>): SortKey[] {
  const last = order.at(-1)?.direction ?? 'desc'
  const fields = [...order, { field: 'createdAt', direction: last }, { field: 'id', direction: last }]
  return fields.map(({ field, direction }) => ({ ...sortText(table, field), isAscending: direction === 'asc' }))
}

/** What stands inside an object is sorted as JSON is: numbers as numbers, texts as texts. */
function sortText(table: RecordTable, field: string): { text: string; type: string } {
  if (!field.includes('.')) return fieldText(table, field, null)
  const { text } = fieldText(table, field, null)
  return { text: `nullif(${text.replace('->>', '->')}, 'null'::jsonb)`, type: 'jsonb' }
}

/** Behind the place: equal in the first keys, and behind in the next one. */
function afterText(keys: readonly SortKey[], after: readonly FilterValue[], values: Parameters): string {
  invariant(after.length === keys.length, 'a page goes on after a row of the same order')
  const alternatives = keys.map((_, at) => {
    const equal = keys.slice(0, at).map((key, n) => sameText(key, after[n] ?? null, values))
    return `(${[...equal, behindText(keys[at], after[at] ?? null, values)].join(' and ')})`
  })
  return `(${alternatives.join(' or ')})`
}

function sameText({ text, type }: SortKey, value: FilterValue, values: Parameters): string {
  return value === null ? `${text} is null` : `${text} = ${place(value, type, values)}`
}

function behindText(key: SortKey | undefined, value: FilterValue, values: Parameters): string {
  if (key === undefined) return 'false'
  const { text, type, isAscending } = key
  if (value === null) return isAscending ? `${text} is not null` : 'false'
  if (isAscending) return `${text} > ${place(value, type, values)}`
  return `(${text} < ${place(value, type, values)} or ${text} is null)`
}

function place(value: FilterValue, type: string, values: Parameters): string {
  return values.add(type === 'jsonb' ? JSON.stringify(value) : value, type)
}
