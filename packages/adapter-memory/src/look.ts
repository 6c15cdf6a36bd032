import {
  type AnyRecord,
  invariant,
  LOOKUP_ROWS_MAX,
  LOOKUPS,
  type Loaded,
  type LookupRequest,
  SCOPE_ITEMS_MAX,
  type Scope,
} from '@mission-control/core/storage'
import { boundedRows } from './limits.ts'
import type { MemoryState } from './memory-state.ts'

/** Reads everything a scope names. */
export function look(state: MemoryState, scope: Scope, now: number): Loaded {
  const { records = [], lookups = [], accounts = [], receipt } = scope
  const items = records.length + lookups.length + accounts.length
  invariant(items <= SCOPE_ITEMS_MAX, `a look names at most ${SCOPE_ITEMS_MAX} records, lookups and accounts`)
  return {
    now,
    records: records.map((ref) => state.tables[ref.kind].get(ref.id)),
    lookups: lookups.map((request) => found(state, request)),
    balances: accounts.map((account) => state.balance(account)),
    receipt: receipt === undefined ? null : state.receipts.find(receipt, now),
  }
}

function found(state: MemoryState, request: LookupRequest): AnyRecord[] {
  const { kind } = LOOKUPS[request.lookup]
  const index = state.tables[kind].indexes.find(({ name }) => name === request.lookup)
  invariant(index !== undefined, `there is an index for ${request.lookup}`)
  invariant(request.values.length === index.fieldCount, `${request.lookup} has ${index.fieldCount} values`)
  return index.find(request.values, boundedRows(request.limit, LOOKUP_ROWS_MAX))
}
