import {
  type AnyRecord,
  type Balance,
  invariant,
  type Kind,
  LOOKUP_ROWS_MAX,
  LOOKUPS,
  type Loaded,
  type Receipt,
  SCOPE_ITEMS_MAX,
  type Scope,
} from '@mission-control/core/storage'
import { boundedRows } from './limits.ts'
import { RECORD_TABLES } from './record-tables.ts'
import { exactInteger, fromRow, type Row } from './rows.ts'
import type { LookAnswer } from './sql/load.ts'

/** A copy of the scope, taken before anything is awaited, so that the caller may change its objects at once. */
export function soundScope({ records = [], lookups = [], accounts = [], receipt }: Scope): Scope {
  const items = records.length + lookups.length + accounts.length
  invariant(items <= SCOPE_ITEMS_MAX, `a look names at most ${SCOPE_ITEMS_MAX} records, lookups and accounts`)
  for (const { lookup, values, limit } of lookups) {
    invariant(values.length === LOOKUPS[lookup].fields.length, `${lookup} has ${LOOKUPS[lookup].fields.length} values`)
    boundedRows(limit, LOOKUP_ROWS_MAX)
  }
  return structuredClone({ records, lookups, accounts, ...(receipt === undefined ? {} : { receipt }) })
}

/** Puts what was found into the order of the scope. */
export function loadedOf({ records = [], lookups = [], accounts = [] }: Scope, answer: LookAnswer): Loaded {
  const byKind = new Map<string, Map<string, AnyRecord>>()
  for (const [kind, rows] of Object.entries(answer.records) as [Kind, readonly Row[] | null][]) {
    byKind.set(kind, new Map(recordsOf(kind, rows).map((record) => [record.id, record])))
  }
  const balances = new Map((answer.accounts ?? []).map((row) => [row.id, balanceOf(row)]))
  return {
    now: exactInteger(answer.now, 'the time'),
    records: records.map(({ kind, id }) => byKind.get(kind)?.get(id) ?? null),
    lookups: lookups.map(({ lookup }, at) => recordsOf(LOOKUPS[lookup].kind, answer.lookups[at] ?? null)),
    balances: accounts.map((account) => balances.get(account) ?? { reserved: 0, settled: 0 }),
    receipt: answer.receipt === null ? null : receiptOf(answer.receipt),
  }
}

export function recordsOf<T = AnyRecord>(kind: Kind, rows: readonly Row[] | null): T[] {
  return (rows ?? []).map((row) => fromRow<T>(RECORD_TABLES[kind], row))
}

export function balanceOf({ reserved, settled }: Row): Balance {
  return { reserved: exactInteger(reserved, 'reserved'), settled: exactInteger(settled, 'settled') }
}

function receiptOf(row: Row): Receipt {
  return {
    requestHash: String(row.request_hash),
    response: row.response ?? null,
    expiresAt: exactInteger(row.expires_at, 'expiresAt'),
  }
}
