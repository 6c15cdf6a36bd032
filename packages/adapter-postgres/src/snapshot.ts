import {
  type AnyRecord,
  CURSOR_FIELDS,
  type Kind,
  type Receipt,
  SNAPSHOT_KINDS,
  SNAPSHOT_ROWS_MAX,
  type StoredRow,
} from '@mission-control/core/storage'
import { eventDraft, placeOf, sealOf } from './cursor.ts'
import { balanceOf } from './load.ts'
import { RECORD_TABLES } from './record-tables.ts'
import { exactInteger, fromRow, type Row } from './rows.ts'
import { ALL_ACCOUNTS, ALL_EVENTS, ALL_RECEIPTS, allRecords, eventsUpTo } from './sql/snapshot.ts'
import type { SqlClient } from './sql-client.ts'

type Query = SqlClient['query']
type Take = (rows: readonly StoredRow[]) => Promise<void>

/** Reads everything in the one view that the transaction keeps, over cursors, so that no more than a piece is here. */
export async function snapshot(query: Query, take: Take): Promise<void> {
  // Before anything is read, or the view would have begun without it.
  await query('set transaction isolation level repeatable read, read only')
  for (const kind of SNAPSHOT_KINDS) {
    await eachPiece(query, allRecords(kind), async (rows) => {
      const records: StoredRow[] = []
      for (const row of rows) records.push({ type: 'record', kind, record: await portable(query, kind, row) })
      await take(records)
    })
  }
  await eachPiece(query, ALL_ACCOUNTS, (rows) =>
    take(rows.map((row) => ({ type: 'balance', account: String(row.id), balance: balanceOf(row) }))),
  )
  await eachPiece(query, ALL_RECEIPTS, (rows) => take(rows.map(receiptRow)))
  await eachPiece(query, ALL_EVENTS, (rows) =>
    take(rows.map((row) => ({ type: 'event', event: eventDraft(row), seal: sealOf(row.sealed_seq ?? null, row) }))),
  )
}

async function eachPiece(query: Query, select: string, use: (rows: readonly Row[]) => Promise<void>): Promise<void> {
  await query(`declare mc_snapshot no scroll cursor for ${select}`)
  for (;;) {
    const { rows } = await query(`fetch ${SNAPSHOT_ROWS_MAX} from mc_snapshot`)
    if (rows.length > 0) await use(rows.map(({ doc }) => JSON.parse(String(doc)) as Row))
    if (rows.length < SNAPSHOT_ROWS_MAX) break
  }
  await query('close mc_snapshot')
}

async function portable(query: Query, kind: Kind, row: Row): Promise<AnyRecord> {
  const record = fromRow<AnyRecord>(RECORD_TABLES[kind], row)
  const field = CURSOR_FIELDS[kind]
  if (field === undefined) return record
  const cursor = (record as unknown as Record<string, string | null>)[field] ?? null
  if (cursor === null) return record
  const { text, values } = eventsUpTo(placeOf(cursor))
  const { rows } = await query(text, values)
  return { ...record, [field]: String(exactInteger(rows[0]?.events, 'a number of events')) }
}

function receiptRow(row: Row): StoredRow {
  const receipt: Receipt = {
    requestHash: String(row.request_hash),
    response: row.response ?? null,
    expiresAt: exactInteger(row.expires_at, 'expiresAt'),
  }
  const [projectId, principalId, command, key] = [row.project_id, row.principal_id, row.command, row.key].map(String)
  return {
    type: 'receipt',
    key: {
      projectId: projectId as string,
      principalId: principalId as string,
      command: command as string,
      key: key as string,
    },
    receipt,
  }
}
