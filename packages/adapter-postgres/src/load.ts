import {
  type AnyRecord,
  type Balance,
  invariant,
  type Kind,
  LOOKUP_ROWS_MAX,
  LOOKUPS,
  type Loaded,
  type Receipt,
  type Ref,
  SCOPE_ITEMS_MAX,
  type Scope,
} from '@mission-control/core/storage'
import { boundedRows } from './limits.ts'
import { RECORD_TABLES } from './record-tables.ts'
import { copyOf, exactInteger, fromRow, type Row } from './rows.ts'
import { refText } from './sound-commit.ts'
import { type LookAnswer, lookupsAt, placesOf } from './sql/load.ts'

/** A copy of the scope, taken before anything is awaited, so that the caller may change its objects at once. */
export function soundScope({ records = [], lookups = [], accounts = [], receipt }: Scope): Scope {
  const items = records.length + lookups.length + accounts.length
  invariant(items <= SCOPE_ITEMS_MAX, `a look names at most ${SCOPE_ITEMS_MAX} records, lookups and accounts`)
  for (const { lookup, values, limit } of lookups) {
    invariant(values.length === LOOKUPS[lookup].fields.length, `${lookup} has ${LOOKUPS[lookup].fields.length} values`)
    boundedRows(limit, LOOKUP_ROWS_MAX)
  }
  return {
    records: records.map(({ kind, id }) => ({ kind, id })),
    lookups: lookups.map(({ lookup, values, limit }) => ({ lookup, values: [...values], limit })),
    accounts: [...accounts],
    ...(receipt === undefined ? {} : { receipt: { ...receipt } }),
  }
}

/** Puts what was found into the order of each scope. No two scopes are given the same object. */
export function loadedOf(scopes: readonly Scope[], answer: LookAnswer): Loaded[] {
  const now = exactInteger(answer.now, 'the time')
  const found = new Map<string, Row>()
  for (const [kind, rows] of Object.entries(answer.records) as [Kind, readonly Row[] | null][]) {
    for (const row of rows ?? []) found.set(refText(kind, String(row.id)), row)
  }
  const balances = new Map((answer.accounts ?? []).map((row) => [row.id, balanceOf(row)]))
  const given = new Set<Row>()
  const ownRow = (row: Row): Row => {
    if (given.has(row)) return copyOf(row)
    given.add(row)
    return row
  }
  const recordOf = ({ kind, id }: Ref): AnyRecord | null => {
    const row = found.get(refText(kind, id))
    if (row === undefined) return null
    return fromRow<AnyRecord>(RECORD_TABLES[kind], ownRow(row))
  }
  const foundBy = scopes[0]?.lookups?.map((_, number) => placesOf(lookupsAt(scopes, number))) ?? []
  return scopes.map(({ records = [], lookups = [], accounts = [] }, at) => {
    const receipt = answer.receipts?.[at] ?? null
    return {
      now,
      records: records.map(recordOf),
      lookups: lookups.map(({ lookup }, number) => {
        const rows = answer.lookups[number]?.[foundBy[number]?.[at] ?? -1] ?? []
        return recordsOf(LOOKUPS[lookup].kind, rows.map(ownRow))
      }),
      balances: accounts.map((account) => ({ ...(balances.get(account) ?? { reserved: 0, settled: 0 }) })),
      receipt: receipt === null ? null : receiptOf(receipt),
    }
  })
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
