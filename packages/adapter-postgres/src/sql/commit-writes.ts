import type { CommitPlan, WrittenRows } from '../commit-plan.ts'
import { EVENT_TABLE, RECORD_TABLES, SCHEMA, tableName } from '../record-tables.ts'
import { toRow } from '../rows.ts'
import type { Parameters } from '../statement.ts'
import { clockText } from './clock.ts'
import { among, assignments, insertion, recordsOf } from './row-text.ts'

const IF_GO = 'exists (select from go)'

/** Waits until a part has written all its rows. */
function after(part: string | undefined): string {
  return part === undefined ? '' : ` and (select count(*) from ${part}) is not null`
}

function updateName(updates: readonly WrittenRows[], at: number): string {
  const kind = updates[at]?.kind ?? 'task'
  return `update_${RECORD_TABLES[kind].name}${updates[at - 1]?.kind === kind ? '_2' : ''}`
}

export function updateParts({ updates }: CommitPlan, values: Parameters): string[] {
  return updates.map((rows, at) => {
    const ids = values.add(
      rows.records.map(({ id }) => id),
      'text[]',
    )
    // Two parts of one kind: the first gives up a unique key that the second may take.
    const first = updates[at - 1]?.kind === rows.kind ? updateName(updates, at - 1) : undefined
    return `${updateName(updates, at)} as (
  update ${tableName(RECORD_TABLES[rows.kind])} as t set ${assignments(RECORD_TABLES[rows.kind])}
  from ${recordsOf(rows, values)} as r
  where t.id = r.id and ${among('t.id', ids, rows.records.length)} and ${IF_GO}${after(first)}
  returning t.id
)`
  })
}

/** New rows come after the updates of their kind, which may give up a unique key that they take. */
export function insertParts({ inserts }: CommitPlan, updates: readonly WrittenRows[], values: Parameters): string[] {
  return inserts.map((rows) => {
    const table = RECORD_TABLES[rows.kind]
    const last = updates.findLastIndex(({ kind }) => kind === rows.kind)
    return `insert_${table.name} as (
  ${insertion(table)}
  from ${recordsOf(rows, values)} as r
  where ${IF_GO}${after(last < 0 ? undefined : updateName(updates, last))}
)`
  })
}

/**
 * Accounts that exist are locked by now and have room. One that does not yet is added; should somebody else add it in
 * the same moment, the move is made on theirs, if there is room.
 */
export function accountParts({ moves }: CommitPlan, values: Parameters): string[] {
  if (moves.length === 0) return []
  const ids = values.add(
    moves.map(({ id }) => id),
    'text[]',
  )
  const reserved = values.add(
    moves.map((move) => move.reserved),
    'int8[]',
  )
  const settled = values.add(
    moves.map((move) => move.settled),
    'int8[]',
  )
  const rooms = values.add(
    moves.map(({ room }) => room),
    'int8[]',
  )
  const source = `unnest(${ids}, ${reserved}, ${settled}) as m (id, reserved, settled)`
  return [
    `move_accounts as (
  update ${SCHEMA}.accounts as a set reserved = a.reserved + m.reserved, settled = a.settled + m.settled
  from ${source}
  where a.id = m.id and ${among('a.id', ids, moves.length)} and ${IF_GO}
)`,
    `new_accounts as materialized (
  select m.* from ${source}
  where ${IF_GO} and not exists (select from lock_accounts as l where l.id = m.id)
  order by m.id
)`,
    `open_accounts as (
  insert into ${SCHEMA}.accounts as a (id, reserved, settled) select id, reserved, settled from new_accounts
  on conflict (id) do update set reserved = a.reserved + excluded.reserved, settled = a.settled + excluded.settled
  where coalesce(
    a.reserved + a.settled <= (select c.room from unnest(${ids}, ${rooms}) as c (id, room) where c.id = excluded.id), true)
  returning a.id
)`,
  ]
}

/**
 * True, or an error that undoes the commit: somebody else opened one of its accounts in the same moment and left no
 * room. By then other parts may have been written, so nothing less than an error takes them back.
 */
export const HAVE_ROOM = `${SCHEMA}.have_room(array(
    select n.id from new_accounts as n where not exists (select from open_accounts as o where o.id = n.id)))`

/** Events get their places in the order given. */
export function eventParts({ commit: { events } }: CommitPlan, values: Parameters): string[] {
  if (events.length === 0) return []
  const rows = values.add(JSON.stringify(events.map((event) => toRow(EVENT_TABLE, event))), 'json')
  return [
    `insert_events as (
  ${insertion(EVENT_TABLE)}
  from rows from (json_populate_recordset(null::${tableName(EVENT_TABLE)}, ${rows})) with ordinality as r
  where ${IF_GO} order by r.ordinality
)`,
  ]
}

/** An expired receipt makes way for the new one. One that still holds leaves the key taken, and nothing is applied. */
export function receiptParts({ commit: { receipt } }: CommitPlan, now: number | null, values: Parameters): string[] {
  if (receipt === null) return []
  const { key } = receipt
  const names = [key.projectId, key.principalId, key.command, key.key].map((part) => values.add(part, 'text'))
  const hash = values.add(receipt.receipt.requestHash, 'text')
  const response = values.add(JSON.stringify(receipt.receipt.response), 'jsonb')
  return [
    `drop_receipt as (
  delete from ${SCHEMA}.receipts
  where (project_id, principal_id, command, key) = (${names.join(', ')})
    and expires_at <= ${clockText(now, values)} and ${IF_GO}
  returning key
)`,
    `insert_receipt as (
  insert into ${SCHEMA}.receipts (project_id, principal_id, command, key, request_hash, response, expires_at)
  select ${names.join(', ')}, ${hash}, ${response}, ${values.add(receipt.receipt.expiresAt, 'int8')}
  where ${IF_GO}${after('drop_receipt')}
)`,
  ]
}
