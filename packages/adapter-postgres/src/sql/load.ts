import {
  type FilterValue,
  type Kind,
  LOOKUPS,
  type Lookup,
  type LookupRequest,
  type ReceiptKey,
  type Scope,
} from '@mission-control/core/storage'
import { type ColumnType, LOCK_ORDER, RECORD_TABLES, SCHEMA, tableName } from '../record-tables.ts'
import type { Row } from '../rows.ts'
import { Parameters, type Statement } from '../statement.ts'
import { clockText } from './clock.ts'
import { fieldOf, holdsText, isNullText, typeOfValue } from './fields.ts'

/**
 * What the statement answers. Receipts come per scope, in the order of the scopes; a lookup that several scopes make in
 * the same words comes once, where the first of them stands.
 */
export interface LookAnswer {
  readonly now: number
  readonly records: Readonly<Partial<Record<Kind, readonly Row[] | null>>>
  readonly lookups: readonly (readonly (readonly Row[] | null)[])[]
  readonly accounts: readonly Row[] | null
  readonly receipts: readonly (Row | null)[] | null
}

/** Scopes of one shape are loaded by one statement: they ask for the same kinds, by the same lookups. */
export function shapeOf({ records = [], lookups = [], accounts = [], receipt }: Scope): string {
  const kinds = [...new Set(records.map(({ kind }) => kind))].sort()
  const asked = lookups.map(({ lookup, values }) => `${lookup}(${values.map(typeOfSought)})`)
  return `${kinds} ${asked} ${accounts.length > 0} ${receipt !== undefined}`
}

function typeOfSought(value: FilterValue): string {
  return value === null ? 'null' : typeof value
}

/** One statement for looks of one shape: everything in it is seen at one moment, that of the statement's snapshot. */
export function loadStatement(scopes: readonly Scope[], now: number | null): Statement {
  const values = new Parameters()
  const byKind = idsByKind(scopes).map(([kind, ids]) => `'${kind}', ${recordsText(kind, ids, values)}`)
  const found = (scopes[0]?.lookups ?? []).map((_, at) => lookupText(different(lookupsAt(scopes, at)), values))
  const accounts = [...new Set(scopes.flatMap((scope) => scope.accounts ?? []))]
  const receipts = scopes.flatMap(({ receipt }) => receipt ?? [])
  const text = `select json_build_object(
  'now', ${clockText(now, values)},
  'records', json_build_object(${byKind.join(',\n    ')}),
  'lookups', json_build_array(${found.join(',\n    ')}),
  'accounts', ${accountsText(accounts, values)},
  'receipts', ${receiptsText(receipts, now, values)}
)::text as doc`
  return { text, values: values.values }
}

/** The lookup that stands at one place of every scope. */
export function lookupsAt(scopes: readonly Scope[], at: number): LookupRequest[] {
  return scopes.flatMap(({ lookups = [] }) => lookups[at] ?? [])
}

/** Of lookups at one place: where among the different ones each of them is found. */
export function placesOf(requests: readonly LookupRequest[]): number[] {
  const places = new Map<string, number>()
  return requests.map((request) => {
    const words = wordsOf(request)
    const place = places.get(words) ?? places.size
    places.set(words, place)
    return place
  })
}

function different(requests: readonly LookupRequest[]): LookupRequest[] {
  return [...new Map(requests.map((request) => [wordsOf(request), request])).values()]
}

function wordsOf({ values, limit }: LookupRequest): string {
  return JSON.stringify([values, limit])
}

function idsByKind(scopes: readonly Scope[]): (readonly [Kind, readonly string[]])[] {
  const ids = new Map<Kind, Set<string>>()
  for (const { records = [] } of scopes) {
    for (const { kind, id } of records) {
      const known = ids.get(kind)
      if (known === undefined) ids.set(kind, new Set([id]))
      else known.add(id)
    }
  }
  return LOCK_ORDER.flatMap((kind) => {
    const known = ids.get(kind)
    return known === undefined ? [] : [[kind, [...known]] as const]
  })
}

function recordsText(kind: Kind, ids: readonly string[], values: Parameters): string {
  const table = tableName(RECORD_TABLES[kind])
  return `(select json_agg(t) from ${table} as t where t.id = any(${values.add(ids, 'text[]')}))`
}

/** One lookup of every scope: a list of lists of rows. */
function lookupText(requests: readonly LookupRequest[], values: Parameters): string {
  const lookup: Lookup = LOOKUPS[requests[0]?.lookup ?? 'projectBySlug']
  const table = RECORD_TABLES[lookup.kind]
  const lists = [
    values.add(
      requests.map(({ limit }) => limit),
      'int8[]',
    ),
  ]
  const columns = ['rows_max']
  const conditions = lookup.fields.map((name, at) => {
    const field = fieldOf(table, name)
    const first = requests[0]?.values[at] ?? null
    const isMember = at === 0 && lookup.contains === true
    if (first === null) return isMember ? `${field.text} @> '[null]'` : isNullText(field)
    const type: ColumnType = field.type === 'jsonb' ? typeOfValue(first) : field.type
    lists.push(
      values.add(
        requests.map((request) => request.values[at]),
        `${type}[]`,
      ),
    )
    columns.push(`v${at}`)
    if (isMember) return holdsText(field, `q.v${at}`)
    return `${field.text} = ${field.type === 'jsonb' ? `to_jsonb(q.v${at})` : `q.v${at}`}`
  })
  for (const where of lookup.where ?? []) {
    // Written out, since an index with a condition serves only statements that contain it.
    const among = where.in.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
    conditions.push(`${fieldOf(table, where.field).text} in (${among.join(', ')})`)
  }
  const direction = lookup.newestFirst === true ? ' desc' : ''
  return `(select json_agg(f.found order by f.n) from (
      select q.n, (select json_agg(x) from (
        select t.* from ${tableName(table)} as t where ${conditions.join(' and ')}
        order by t.created_at${direction}, t.id${direction} limit q.rows_max
      ) as x) as found
      from unnest(${lists.join(', ')}) with ordinality as q (${columns.join(', ')}, n)
    ) as f)`
}

function accountsText(accounts: readonly string[], values: Parameters): string {
  if (accounts.length === 0) return 'null'
  return `(select json_agg(a) from ${SCHEMA}.accounts as a where a.id = any(${values.add(accounts, 'text[]')}))`
}

function receiptsText(keys: readonly ReceiptKey[], now: number | null, values: Parameters): string {
  if (keys.length === 0) return 'null'
  const parts = (['projectId', 'principalId', 'command', 'key'] as const).map((part) =>
    values.add(
      keys.map((key) => key[part]),
      'text[]',
    ),
  )
  return `(select json_agg(to_json(r) order by k.n)
    from unnest(${parts.join(', ')}) with ordinality as k (project_id, principal_id, command, key, n)
    left join ${SCHEMA}.receipts as r
      on (r.project_id, r.principal_id, r.command, r.key) = (k.project_id, k.principal_id, k.command, k.key)
      and r.expires_at > ${clockText(now, values)})`
}
