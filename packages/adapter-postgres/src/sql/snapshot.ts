import { KINDS, type Kind } from '@mission-control/core/storage'
import { wholeRow } from '../column-set.ts'
import type { Place } from '../cursor.ts'
import { EVENT_TABLE, RECORD_TABLES, SCHEMA, tableName } from '../record-tables.ts'
import { Parameters, type Statement } from '../statement.ts'
import { insertion } from './row-text.ts'
import { SEAL_COLUMNS, SEALS, WITH_SEAL } from './with-seal.ts'

const EVENTS = tableName(EVENT_TABLE)

/** All records of a kind by id, one document each. */
export function allRecords(kind: Kind): string {
  return `select row_to_json(t)::text as doc from ${tableName(RECORD_TABLES[kind])} as t order by t.id`
}

export const ALL_ACCOUNTS = `select row_to_json(a)::text as doc from ${SCHEMA}.accounts as a order by a.id`

export const ALL_RECEIPTS = `select row_to_json(r)::text as doc from ${SCHEMA}.receipts as r
order by r.project_id, r.principal_id, r.command, r.key`

/** The log in its order; a transaction that was still open in the middle of it is not in the view, and not missed. */
export const ALL_EVENTS = `select row_to_json(found)::text as doc from (
  select e.*, ${SEAL_COLUMNS} from ${EVENTS} as e ${WITH_SEAL} order by e.xid, e.seq
) as found`

/** How many events are up to a place. */
export function eventsUpTo({ xid, seq }: Place): Statement {
  const values = new Parameters()
  const place = `(${values.add(xid, 'xid8')}, ${values.add(seq, 'int8')})`
  return {
    text: `select count(*)::text as events from ${EVENTS} as e where (e.xid, e.seq) <= ${place}`,
    values: values.values,
  }
}

/** The place of the event that so many are up to. */
export function placeBehind(events: number): Statement {
  const values = new Parameters()
  const text = `select e.xid::text as xid, e.seq::text as seq from ${EVENTS} as e
order by e.xid, e.seq offset ${values.add(events - 1, 'int8')} limit 1`
  return { text, values: values.values }
}

/**
 * Takes the gate of the installation alone, which every commit takes shared: whoever commits has ended, or waits until
 * the restore has. What was committed meanwhile is seen by the next statement.
 */
export const KEEP_OTHERS_OUT = 'select pg_advisory_xact_lock(7741, 0)'

export const IS_OCCUPIED = `select (${[
  ...KINDS.map((kind) => tableName(RECORD_TABLES[kind])),
  `${SCHEMA}.accounts`,
  `${SCHEMA}.receipts`,
  EVENTS,
]
  .map((name) => `exists (select from ${name})`)
  .join(' or ')}) as is_occupied`

/** Adds records of one kind, given as a list of rows in JSON. */
export function addRecords(kind: Kind): string {
  const table = RECORD_TABLES[kind]
  return `${insertion(wholeRow(table))} from json_populate_recordset(null::${tableName(table)}, $1::json) as r`
}

export const ADD_ACCOUNTS = `insert into ${SCHEMA}.accounts (id, reserved, settled)
select r.id, r.reserved, r.settled from json_populate_recordset(null::${SCHEMA}.accounts, $1::json) as r`

export const ADD_RECEIPTS = `insert into ${SCHEMA}.receipts
select r.* from json_populate_recordset(null::${SCHEMA}.receipts, $1::json) as r`

/** Events get their places in the order given. */
export const ADD_EVENTS = `${insertion(wholeRow(EVENT_TABLE))}
from rows from (json_populate_recordset(null::${EVENTS}, $1::json)) with ordinality as r order by r.ordinality`

/** Gives restored events the seals they had. */
export const ADD_SEALS = `insert into ${SEALS} (log, seq, xid, place, prev_hash, hash)
select coalesce(e.project_id, ''), g.seq, e.xid, e.seq, g.prev_hash, g.hash
from json_to_recordset($1::json) as g (id text, seq int8, prev_hash text, hash text)
join ${EVENTS} as e on e.id = g.id`
