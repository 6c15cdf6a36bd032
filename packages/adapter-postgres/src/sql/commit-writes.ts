import { wholeRow } from '../column-set.ts'
import type { CommitPlan } from '../commit-plan.ts'
import { EVENT_TABLE, RECORD_TABLES, SCHEMA, tableName } from '../record-tables.ts'
import type { Parameters } from '../statement.ts'
import { clockText } from './clock.ts'
import { assignments, byKind, columnSetOf, insertion, listOf, rowsFrom, sourceOf, together } from './row-text.ts'

/** Whether the commit of that number is applied. */
function goes(n: string): string {
  return `${n} in (select n from go)`
}

/** Waits until a part has written all its rows. */
function after(part: string | undefined): string {
  return part === undefined ? '' : ` and (select count(*) from ${part}) is not null`
}

const updateName = (table: string) => `update_${table}`
const takingName = (table: string) => `update_${table}_2`

/** Two parts per kind where unique keys change hands: the first gives them up, the second may take them. */
export function updateParts(plans: readonly CommitPlan[], values: Parameters): string[] {
  return byKind(together(plans, (plan) => plan.updates)).flatMap(([kind, all]) => {
    const table = RECORD_TABLES[kind]
    const part = (rows: typeof all, name: string, first?: string) => {
      const [source, n] = rowsFrom(rows, values)
      const ids = listOf(rows, ({ row }) => row.id, 'text', values)
      return `${name} as (
  update ${tableName(table)} as t set ${assignments(columnSetOf(rows))}
  from ${source}
  where t.id = r.id and t.id = any(${ids}) and ${goes(n)}${after(first)}
  returning t.id
)`
    }
    const takers = all.filter(({ row }) => row.takesKey)
    const givers = all.filter(({ row }) => !row.takesKey)
    if (takers.length === 0 || givers.length === 0) return [part(all, updateName(table.name))]
    return [part(givers, updateName(table.name)), part(takers, takingName(table.name), updateName(table.name))]
  })
}

/** New rows come after the updates of their kind, which may give up a unique key that they take. */
export function insertParts(plans: readonly CommitPlan[], isLean: boolean, values: Parameters): string[] {
  const updated = isLean ? [] : byKind(together(plans, (plan) => plan.updates))
  return byKind(together(plans, (plan) => plan.inserts)).map(([kind, rows]) => {
    const table = RECORD_TABLES[kind]
    const [source, n] = rowsFrom(rows, values)
    const before = updated.find(([other]) => other === kind)?.[1]
    const isSplit = before?.some(({ row }) => row.takesKey) === true && before.some(({ row }) => !row.takesKey)
    const last = before === undefined ? undefined : isSplit ? takingName(table.name) : updateName(table.name)
    return `insert_${table.name} as (
  ${insertion(columnSetOf(rows))}
  from ${source}
  where ${goes(n)}${after(last)}
)`
  })
}

/**
 * Accounts that exist are locked by now and have room. One that does not yet is added; should somebody else add it in
 * the same moment, the move is made on theirs, if there is room.
 */
export function accountParts(plans: readonly CommitPlan[], values: Parameters): string[] {
  const moves = together(plans, (plan) => plan.moves)
  const ids = listOf(moves, ({ row }) => row.id, 'text', values)
  const reserved = listOf(moves, ({ row }) => row.reserved, 'int8', values)
  const settled = listOf(moves, ({ row }) => row.settled, 'int8', values)
  const rooms = listOf(moves, ({ row }) => row.room, 'int8', values)
  const ns = listOf(moves, ({ n }) => n, 'int4', values)
  return [
    // What the batch does to each account, and the most that may stand there before it.
    `account_moves as materialized (
  select m.id, sum(m.reserved)::int8 as reserved, sum(m.settled)::int8 as settled, min(m.room - m.raised)::int8 as room
  from (
    select c.*, coalesce(sum(greatest(c.reserved + c.settled, 0)) over (
      partition by c.id order by c.n rows between unbounded preceding and 1 preceding), 0) as raised
    from unnest(${ids}, ${reserved}, ${settled}, ${rooms}, ${ns}) as c (id, reserved, settled, room, n)
    where ${goes('c.n')}
  ) as m group by m.id
)`,
    `move_accounts as (
  update ${SCHEMA}.accounts as a set reserved = a.reserved + m.reserved, settled = a.settled + m.settled
  from account_moves as m
  where a.id = m.id and a.id = any(${ids})
)`,
    `new_accounts as materialized (
  select m.* from account_moves as m
  where not exists (select from lock_accounts as l where l.id = m.id)
  order by m.id
)`,
    `open_accounts as (
  insert into ${SCHEMA}.accounts as a (id, reserved, settled) select id, reserved, settled from new_accounts
  on conflict (id) do update set reserved = a.reserved + excluded.reserved, settled = a.settled + excluded.settled
  where coalesce(a.reserved + a.settled <= (select n.room from new_accounts as n where n.id = excluded.id), true)
  returning a.id
)`,
  ]
}

/**
 * True, or an error that undoes the batch: somebody else opened one of its accounts in the same moment and left no
 * room. By then other parts may have been written, so nothing less than an error takes them back.
 */
export const HAVE_ROOM = `${SCHEMA}.have_room(array(
    select n.id from new_accounts as n where not exists (select from open_accounts as o where o.id = n.id)))`

/** The events of a batch as values of the statement, which names them twice. */
export interface SentEvents {
  /** A JSON list, in the order in which they are to stand in the log. */
  readonly events: string
  /** For each event, the number of its commit. */
  readonly ns: string
}

/** Null when the batch has no events. */
export function sentEvents(plans: readonly CommitPlan[], values: Parameters): SentEvents | null {
  const events = together(plans, (plan) => plan.events)
  if (events.length === 0) return null
  return {
    events: values.add(`[${events.map(({ row }) => row).join(',')}]`, 'json'),
    ns: listOf(events, ({ n }) => n, 'int4', values),
  }
}

/** Events get their places in the order given. */
export function eventPart({ events, ns }: SentEvents): string {
  const set = wholeRow(EVENT_TABLE)
  return `insert_events as (
  ${insertion(set)}
  from ${sourceOf(set, events)}
  where ${goes(`(${ns})[r.ordinality]`)} order by r.ordinality
)`
}

/** An expired receipt makes way for the new one. One that still holds leaves the key taken, and nothing is applied. */
export function receiptParts(plans: readonly CommitPlan[], now: number | null, values: Parameters): string[] {
  const receipts = together(plans, ({ receipt }) => (receipt === null ? [] : [receipt]))
  if (receipts.length === 0) return []
  const source = `unnest(${[
    listOf(receipts, ({ row }) => row.key.projectId, 'text', values),
    listOf(receipts, ({ row }) => row.key.principalId, 'text', values),
    listOf(receipts, ({ row }) => row.key.command, 'text', values),
    listOf(receipts, ({ row }) => row.key.key, 'text', values),
    listOf(receipts, ({ row }) => row.requestHash, 'text', values),
    listOf(receipts, ({ row }) => row.response, 'text', values),
    listOf(receipts, ({ row }) => row.expiresAt, 'int8', values),
    listOf(receipts, ({ n }) => n, 'int4', values),
  ].join(', ')}) as r (project_id, principal_id, command, key, request_hash, response, expires_at, n)`
  return [
    `drop_receipts as (
  delete from ${SCHEMA}.receipts as old using ${source}
  where (old.project_id, old.principal_id, old.command, old.key) = (r.project_id, r.principal_id, r.command, r.key)
    and old.expires_at <= ${clockText(now, values)} and ${goes('r.n')}
  returning old.key
)`,
    `insert_receipts as (
  insert into ${SCHEMA}.receipts (project_id, principal_id, command, key, request_hash, response, expires_at)
  select r.project_id, r.principal_id, r.command, r.key, r.request_hash, r.response::jsonb, r.expires_at
  from ${source}
  where ${goes('r.n')}${after('drop_receipts')}
)`,
  ]
}
