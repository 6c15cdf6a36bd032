import {
  type EventDraft,
  invalidCursor,
  type JsonValue,
  type Seal,
  type StoredEvent,
} from '@mission-control/core/storage'
import { EVENT_TABLE } from './record-tables.ts'
import { exactInteger, fromRow, type Row } from './rows.ts'

/**
 * A place in the log: the transaction that wrote the event, and its number. Numbers alone are given before the
 * commit, so a lower one can appear after a higher one was read.
 */
export interface Place {
  readonly xid: string
  readonly seq: string
}

/** Before the first event. Transaction 0 never exists. */
export const BEGINNING: Place = { xid: '0', seq: '0' }

/** As many digits as the largest of each has, so that cursors compare as text the way their places do. */
const XID_DIGITS = 20
const SEQ_DIGITS = 19
/** What `xid8` and `bigint` hold: Postgres would fail on more. */
const XID_MAX = 2n ** 64n - 1n
const SEQ_MAX = 2n ** 63n - 1n
const CURSOR = /^(\d{20})-(\d{19})$/

export function cursorOf({ xid, seq }: Place): string {
  return `${xid.padStart(XID_DIGITS, '0')}-${seq.padStart(SEQ_DIGITS, '0')}`
}

export function placeOf(cursor: string): Place {
  const [, xid, seq] = CURSOR.exec(cursor) ?? []
  if (xid === undefined || seq === undefined) throw invalidCursor()
  if (BigInt(xid) > XID_MAX || BigInt(seq) > SEQ_MAX) throw invalidCursor()
  return { xid: String(BigInt(xid)), seq: String(BigInt(seq)) }
}

/** A row of the log as the event it is. */
export function storedEvent(row: Row): StoredEvent {
  const cursor = cursorOf({ xid: String(row.xid), seq: String(row.seq) })
  return { ...eventDraft(row), cursor, seal: sealOf(row.sealed_seq ?? null, row) }
}

/** The event alone, without its place. */
export function eventDraft(row: Row): EventDraft {
  return fromRow<EventDraft>(EVENT_TABLE, row)
}

/** The seal beside an event; null where there is no number. */
export function sealOf(seq: JsonValue, { prev_hash, hash }: Row): Seal | null {
  if (seq === null) return null
  return { seq: exactInteger(seq, 'seq'), prevHash: String(prev_hash), hash: String(hash) }
}
