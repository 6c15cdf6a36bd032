import {
  type AnyRecord,
  CURSOR_FIELDS,
  invariant,
  type Kind,
  RECORDS,
  type StoredRow,
} from '@mission-control/core/storage'
import { cursorOf } from './cursor.ts'
import { EVENT_TABLE, RECORD_TABLES } from './record-tables.ts'
import { type Row, toRow } from './rows.ts'
import {
  ADD_ACCOUNTS,
  ADD_EVENTS,
  ADD_RECEIPTS,
  ADD_SEALS,
  addRecords,
  IS_OCCUPIED,
  KEEP_OTHERS_OUT,
  placeBehind,
} from './sql/snapshot.ts'
import type { SqlClient } from './sql-client.ts'

type Query = SqlClient['query']
type RowOf<T extends StoredRow['type']> = Extract<StoredRow, { type: T }>

/** Fills an empty database in the transaction of `query`, which is rolled back when this throws. */
export async function restore(
  query: Query,
  pieces: AsyncIterable<readonly StoredRow[]>,
): Promise<'restored' | 'occupied'> {
  await query(KEEP_OTHERS_OUT)
  const { rows } = await query(IS_OCCUPIED)
  if (rows[0]?.is_occupied !== false) return 'occupied'
  const held: RowOf<'record'>[] = []
  for await (const piece of pieces) {
    const now = piece.filter((row) => !(row.type === 'record' && hasCursor(row)))
    held.push(...piece.filter((row): row is RowOf<'record'> => row.type === 'record' && hasCursor(row)))
    for (const some of alike(now)) await add(query, some)
  }
  // A cursor can be told only when the log is there.
  for (const row of held) await add(query, [{ ...row, record: await withCursor(query, row) }])
  return 'restored'
}

/** Neighbours that go into one table. */
function* alike(rows: readonly StoredRow[]): Generator<readonly StoredRow[]> {
  let some: StoredRow[] = []
  for (const row of rows) {
    if (some[0] !== undefined && tableOf(some[0]) !== tableOf(row)) {
      yield some
      some = []
    }
    some.push(row)
  }
  if (some.length > 0) yield some
}

function tableOf(row: StoredRow): string {
  return row.type === 'record' ? row.kind : row.type
}

async function add(query: Query, rows: readonly StoredRow[]): Promise<void> {
  const [first] = rows
  if (first === undefined) return
  if (first.type === 'record') {
    const { kind } = first
    const table = RECORD_TABLES[kind]
    await query(addRecords(kind), [JSON.stringify((rows as RowOf<'record'>[]).map((row) => soundRow(row, table)))])
  } else if (first.type === 'balance') {
    const accounts = (rows as RowOf<'balance'>[]).map(({ account, balance }) => ({ id: account, ...balance }))
    await query(ADD_ACCOUNTS, [JSON.stringify(accounts)])
  } else if (first.type === 'receipt') {
    await query(ADD_RECEIPTS, [JSON.stringify((rows as RowOf<'receipt'>[]).map(receiptRow))])
  } else await addEvents(query, rows as RowOf<'event'>[])
}

function soundRow({ kind, record }: RowOf<'record'>, table: (typeof RECORD_TABLES)[Kind]): Row {
  const checked = RECORDS[kind].safeParse(record)
  invariant(checked.success, `${kind} ${record.id} has the shape of its kind`)
  return toRow(table, record)
}

function receiptRow({ key, receipt }: RowOf<'receipt'>): Row {
  return {
    project_id: key.projectId,
    principal_id: key.principalId,
    command: key.command,
    key: key.key,
    request_hash: receipt.requestHash,
    response: receipt.response,
    expires_at: receipt.expiresAt,
  }
}

async function addEvents(query: Query, rows: readonly RowOf<'event'>[]): Promise<void> {
  await query(ADD_EVENTS, [JSON.stringify(rows.map(({ event }) => toRow(EVENT_TABLE, event)))])
  const seals = rows.flatMap(({ event, seal }) =>
    seal === null ? [] : [{ id: event.id, seq: seal.seq, prev_hash: seal.prevHash, hash: seal.hash }],
  )
  if (seals.length > 0) await query(ADD_SEALS, [JSON.stringify(seals)])
}

function hasCursor({ kind, record }: RowOf<'record'>): boolean {
  const field = CURSOR_FIELDS[kind]
  return field !== undefined && ((record as unknown as Record<string, unknown>)[field] ?? null) !== null
}

/** The number of events that stands in place of a cursor becomes the cursor of this log. */
async function withCursor(query: Query, { kind, record }: RowOf<'record'>): Promise<AnyRecord> {
  const field = CURSOR_FIELDS[kind] ?? ''
  const events = Number((record as unknown as Record<string, unknown>)[field])
  if (events === 0) return { ...record, [field]: null }
  const { text, values } = placeBehind(events)
  const { rows } = await query(text, values)
  const [place] = rows
  invariant(place !== undefined, `the log has the ${events} events that a cursor of ${kind} ${record.id} is behind`)
  return { ...record, [field]: cursorOf({ xid: String(place.xid), seq: String(place.seq) }) }
}
