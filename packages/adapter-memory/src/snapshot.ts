import {
  type AnyRecord,
  CURSOR_FIELDS,
  invariant,
  type Kind,
  RECORDS,
  SNAPSHOT_KINDS,
  SNAPSHOT_ROWS_MAX,
  type StoredRow,
} from '@mission-control/core/storage'
import { cursorBehind, eventsUpTo } from './event-log.ts'
import { Copier } from './frozen-copy.ts'
import { MemoryState } from './memory-state.ts'
import { takenKeys } from './stale-reasons.ts'

/** Everything a state holds, in pieces. The list is made at once, so what is written later is not in it. */
export function rowsOfState(state: MemoryState): readonly (readonly StoredRow[])[] {
  const rows: StoredRow[] = []
  for (const kind of SNAPSHOT_KINDS) {
    const records = [...state.tables[kind].all()].sort((one, other) => (one.id < other.id ? -1 : 1))
    for (const record of records) rows.push({ type: 'record', kind, record: portable(kind, record) })
  }
  for (const [account, balance] of sorted(state.accounts)) rows.push({ type: 'balance', account, balance })
  for (const { key, receipt } of state.receipts.all()) rows.push({ type: 'receipt', key, receipt })
  for (const { event, seal } of state.log.all()) rows.push({ type: 'event', event, seal })
  const pieces: StoredRow[][] = []
  for (let at = 0; at < rows.length; at += SNAPSHOT_ROWS_MAX) pieces.push(rows.slice(at, at + SNAPSHOT_ROWS_MAX))
  return pieces
}

function sorted<T>(entries: ReadonlyMap<string, T>): [string, T][] {
  return [...entries].sort(([one], [other]) => (one < other ? -1 : 1))
}

/** A cursor as the number of events up to it. */
function portable(kind: Kind, record: AnyRecord): AnyRecord {
  return withCursor(kind, record, (cursor) => String(eventsUpTo(cursor)))
}

function withCursor(kind: Kind, record: AnyRecord, turn: (cursor: string) => string | null): AnyRecord {
  const field = CURSOR_FIELDS[kind]
  if (field === undefined) return record
  const cursor = (record as unknown as Record<string, string | null>)[field] ?? null
  return cursor === null ? record : { ...record, [field]: turn(cursor) }
}

/** A state made of the rows of a snapshot; whatever does not fit is a fault, and there is no state. */
export async function stateOfRows(pieces: AsyncIterable<readonly StoredRow[]>): Promise<MemoryState> {
  const state = new MemoryState()
  for await (const rows of pieces) for (const row of rows) adopt(state, row)
  return state
}

function adopt(state: MemoryState, row: StoredRow): void {
  const copier = new Copier()
  switch (row.type) {
    case 'record': {
      const record = copier.copy(withCursor(row.kind, row.record, (events) => cursorBehind(Number(events))))
      const checked = RECORDS[row.kind].safeParse(record)
      invariant(checked.success, `${row.kind} ${record.id} has the shape of its kind`)
      const table = state.tables[row.kind]
      invariant(table.get(record.id) === null, `${row.kind} ${record.id} is there once`)
      const taken = takenKeys(state, [{ kind: row.kind, record }])
      invariant(taken.length === 0, `the unique keys of ${row.kind} ${record.id} are free`)
      table.put(record)
      return
    }
    case 'balance':
      invariant(!state.accounts.has(row.account), `account ${row.account} is there once`)
      state.accounts.set(row.account, copier.copy(row.balance))
      return
    case 'receipt':
      state.receipts.adopt(row.key, copier.copy(row.receipt))
      return
    case 'event': {
      invariant(!state.log.has(row.event), `event ${row.event.id} is there once`)
      state.log.adopt(copier.copy(row.event), copier.copy(row.seal))
    }
  }
}
