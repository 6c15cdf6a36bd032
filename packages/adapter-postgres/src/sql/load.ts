import {
  type Kind,
  LOOKUPS,
  type Lookup,
  type LookupRequest,
  type ReceiptKey,
  type Ref,
  type Scope,
} from '@mission-control/core/storage'
import { RECORD_TABLES, SCHEMA, tableName } from '../record-tables.ts'
import type { Row } from '../rows.ts'
import { Parameters, type Statement } from '../statement.ts'
import { clockText } from './clock.ts'
import { containsText, equalText, fieldOf } from './fields.ts'

/** What the statement answers. */
export interface LookAnswer {
  readonly now: number
  readonly records: Readonly<Partial<Record<Kind, readonly Row[] | null>>>
  readonly lookups: readonly (readonly Row[] | null)[]
  readonly accounts: readonly Row[] | null
  readonly receipt: Row | null
}

/** One statement for a whole look: everything in it is seen at one moment, that of the statement's snapshot. */
export function loadStatement(
  { records = [], lookups = [], accounts = [], receipt }: Scope,
  now: number | null,
): Statement {
  const values = new Parameters()
  const byKind = [...idsByKind(records)].map(([kind, ids]) => `'${kind}', ${recordsText(kind, [...ids], values)}`)
  const found = lookups.map((request) => lookupText(request, values))
  const text = `select json_build_object(
  'now', ${clockText(now, values)},
  'records', json_build_object(${byKind.join(',\n    ')}),
  'lookups', json_build_array(${found.join(',\n    ')}),
  'accounts', ${accountsText([...new Set(accounts)], values)},
  'receipt', ${receiptText(receipt ?? null, now, values)}
)::text as doc`
  return { text, values: values.values }
}

function idsByKind(records: readonly Ref[]): ReadonlyMap<Kind, ReadonlySet<string>> {
  const ids = new Map<Kind, Set<string>>()
  for (const { kind, id } of records) {
    const known = ids.get(kind)
    if (known === undefined) ids.set(kind, new Set([id]))
    else known.add(id)
  }
  return ids
}

function recordsText(kind: Kind, ids: readonly string[], values: Parameters): string {
  const wanted = ids.length === 1 ? `= ${values.add(ids[0], 'text')}` : `= any(${values.add(ids, 'text[]')})`
  return `(select json_agg(t) from ${tableName(RECORD_TABLES[kind])} as t where t.id ${wanted})`
}

function lookupText({ lookup: name, values: sought, limit }: LookupRequest, values: Parameters): string {
  const lookup: Lookup = LOOKUPS[name]
  const table = RECORD_TABLES[lookup.kind]
  const conditions = lookup.fields.map((name, at) => {
    const field = fieldOf(table, name)
    const value = sought[at] ?? null
    return at === 0 && lookup.contains ? containsText(field, value, values) : equalText(field, value, values)
  })
  for (const where of lookup.where ?? []) {
    // Written out, since an index with a condition serves only statements that contain it.
    const among = where.in.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
    conditions.push(`${fieldOf(table, where.field).text} in (${among.join(', ')})`)
  }
  const direction = lookup.newestFirst === true ? ' desc' : ''
  return `(select json_agg(x) from (
      select t.* from ${tableName(table)} as t where ${conditions.join(' and ')}
      order by t.created_at${direction}, t.id${direction} limit ${values.add(limit, 'int8')}
    ) as x)`
}

function accountsText(accounts: readonly string[], values: Parameters): string {
  if (accounts.length === 0) return 'null'
  return `(select json_agg(a) from ${SCHEMA}.accounts as a where a.id = any(${values.add(accounts, 'text[]')}))`
}

function receiptText(key: ReceiptKey | null, now: number | null, values: Parameters): string {
  if (key === null) return 'null'
  const parts = [key.projectId, key.principalId, key.command, key.key].map((part) => values.add(part, 'text'))
  return `(select to_json(r) from ${SCHEMA}.receipts as r
    where (r.project_id, r.principal_id, r.command, r.key) = (${parts.join(', ')})
      and r.expires_at > ${clockText(now, values)})`
}
