import { type FilterValue, invariant, type Kind, type PageRequest } from '@mission-control/core/storage'
import { RECORD_TABLES, type RecordTable, tableName } from '../record-tables.ts'
import { ownName, Parameters, RowParameters, type Statement, type TypedValue } from '../statement.ts'
import { whereText } from './conditions.ts'
import { type Field, fieldOf, valueText } from './fields.ts'

interface SortKey extends Field {
  readonly isAscending: boolean
  /** Where nulls stand. Not said of fields that have none: then an index read backwards gives the order. */
  readonly nulls: '' | ' nulls first' | ' nulls last'
}

const NEVER_NULL = new Set(['id', 'version', 'createdAt', 'updatedAt'])

/** Pages that can be read together: what they ask is the same text over values of their own. */
export interface PlannedPage {
  /** Equal texts may share a statement. */
  readonly shape: string
  readonly text: string
  /** Values that differ from page to page. */
  readonly own: readonly TypedValue[]
  /** Lists of values; pages that share a statement have the same ones. */
  readonly lists: readonly unknown[]
}

/** What one page asks, written so that others can be asked beside it. */
export function plannedPage<K extends Kind>(request: PageRequest<K>): PlannedPage {
  const values = new RowParameters()
  const text = pageText(request, values)
  return { shape: `${text} ${JSON.stringify(values.values)}`, text, own: values.own, lists: values.values }
}

/** One statement for pages of one shape; their rows come in the order of the pages. */
export function recordPages(pages: readonly PlannedPage[]): Statement {
  const [first] = pages
  invariant(first !== undefined, 'there is a page to read')
  const { text, own, lists } = first
  const values = new Parameters()
  for (const list of lists) values.values.push(list)
  const columns = own.map(({ type }, at) =>
    values.add(
      pages.map((page) => page.own[at]?.value),
      `${type}[]`,
    ),
  )
  const names = own.map((_, at) => ownName(at))
  return {
    text: `select json_build_object('pages', (select json_agg(f.rows order by f.n) from (
  select q.n, ${text} as rows
  from unnest(${columns.join(', ')}) with ordinality as q (${[...names, 'n'].join(', ')})
) as f))::text as doc`,
    values: values.values,
  }
}

/** A page alone, planned for the values at hand. */
export function recordPage<K extends Kind>(request: PageRequest<K>): Statement {
  const values = new Parameters()
  const text = `select json_build_object('pages', json_build_array(${pageText(request, values)}))::text as doc`
  return { text, values: values.values }
}

/**
 * A page by keyset: it goes on after the last row of the page before, wherever rows were added meanwhile. Nulls come
 * first going up and last going down. Each row answers its place beside itself, for the next page.
 */
function pageText<K extends Kind>(request: PageRequest<K>, values: Parameters): string {
  const table = RECORD_TABLES[request.kind]
  const keys = sortKeys(table, request)
  const after = request.after === undefined ? [] : [afterText(keys, request.after, values)]
  const where = whereText(table, request, values, after)
  const order = keys.map(({ text, isAscending, nulls }) => `${text} ${isAscending ? 'asc' : 'desc'}${nulls}`)
  // One more than asked for tells whether there is a next page.
  return `(select json_agg(found) from (
  select json_build_array(${keys.map((key) => key.text).join(', ')}) as place, to_json(t) as row
  from ${tableName(table)} as t ${where}
  order by ${order.join(', ')} limit ${values.add(request.limit + 1, 'int8')}
) as found)`
}

function sortKeys<K extends Kind>(table: RecordTable, { order = [] }: PageRequest<K>): SortKey[] {
  const last = order.at(-1)?.direction ?? 'desc'
  const fields = [...order, { field: 'createdAt', direction: last }, { field: 'id', direction: last }] as const
  return fields.map(({ field, direction }) => {
    const { text, type } = fieldOf(table, field)
    const isAscending = direction === 'asc'
    return {
      // What stands inside an object is sorted as JSON is, with its null as SQL's.
      text: type === 'jsonb' ? `nullif(${text}, 'null')` : text,
      type,
      isAscending,
      nulls: NEVER_NULL.has(field) ? '' : isAscending ? ' nulls first' : ' nulls last',
    }
  })
}

/** Behind the place: equal in the first keys, and behind in the next one. */
function afterText(keys: readonly SortKey[], after: readonly FilterValue[], values: Parameters): string {
  invariant(after.length === keys.length, 'a page goes on after a row of the same order')
  const [first] = keys
  if (
    first !== undefined &&
    keys.every(({ nulls, isAscending }) => nulls === '' && isAscending === first.isAscending)
  ) {
    // Compared as rows, so that an index can begin at the place instead of walking there.
    const place = keys.map((key, at) => valueText(key, after[at] ?? null, values))
    return `(${keys.map(({ text }) => text).join(', ')}) ${first.isAscending ? '>' : '<'} (${place.join(', ')})`
  }
  const alternatives = keys.map((key, at) => {
    const equal = keys.slice(0, at).map((before, n) => sameText(before, after[n] ?? null, values))
    return `(${[...equal, behindText(key, after[at] ?? null, values)].join(' and ')})`
  })
  return `(${alternatives.join(' or ')})`
}

function sameText(key: SortKey, value: FilterValue, values: Parameters): string {
  return value === null ? `${key.text} is null` : `${key.text} = ${valueText(key, value, values)}`
}

function behindText({ text, type, isAscending, nulls }: SortKey, value: FilterValue, values: Parameters): string {
  if (value === null) return isAscending ? `${text} is not null` : 'false'
  const isBehind = `${text} ${isAscending ? '>' : '<'} ${valueText({ text, type }, value, values)}`
  return nulls === ' nulls last' ? `(${isBehind} or ${text} is null)` : isBehind
}
