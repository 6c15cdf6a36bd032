import type { Kind } from '@mission-control/core/storage'
import type { CommitPlan, LockedRows, WrittenRows } from '../commit-plan.ts'
import { EVENT_TABLE, quoted, RECORD_TABLES, type RecordTable, SCHEMA, tableName } from '../record-tables.ts'
import { toRow } from '../rows.ts'
import { Parameters, type Statement } from '../statement.ts'
import { clockText } from './clock.ts'

/** What the statement answers. */
export interface CommitAnswer {
  readonly applied: boolean
  /** Numbers of the stale ones among settings and absent records, from 1; null when all hold. */
  readonly unproven: readonly number[] | null
  /** Kind and id of what else had changed; null when nothing had, or when the one updated row is the only check. */
  readonly changed: readonly (readonly [Kind | 'account', string])[] | null
  /** Not applied because it was applied before. */
  readonly logged: boolean
}

/**
 * One statement for a whole commit: the guard takes the gates and proves the settings, rows and accounts are locked
 * in one order for all, `bad` collects what is not as the decision saw it, `go` is one row if nothing is bad, and
 * every write asks for that row. The text depends only on the kinds and on whether one or several rows of each take
 * part, so it is planned once per connection.
 *
 * Two things must stay. `go` selects from `gate`: a gate nobody selects from is never taken. And nothing before the
 * gate may draw a transaction id: waiting there would hold back the readers of the log.
 */
export function commitStatement(plan: CommitPlan, now: number | null): Statement {
  const values = new Parameters()
  const isLean = hasOneRow(plan)
  const parts = [
    gatePart(plan, values),
    ...(isLean ? [leanPart(plan, values)] : proofParts(plan, values)),
    ...(isLean ? [] : updateParts(plan, values)),
    ...plan.inserts.map((rows) => insertPart(rows, plan, values)),
    ...eventPart(plan, values),
    ...receiptParts(plan, now, values),
  ]
  const hasBad = !isLean && (plan.locks.length > 0 || plan.moves.length > 0)
  const first = plan.commit.events[0]
  const logged = first === undefined ? 'false' : `${SCHEMA}.is_logged(${values.add(first.id, 'text')})`
  const text = `with ${parts.join(',\n')}
select json_build_object(
  'applied', exists (select from go),
  'unproven', (select to_json(stale) from gate),
  'changed', ${hasBad ? '(select json_agg(json_build_array(kind, id)) from bad)' : 'null'},
  'logged', case when exists (select from go) then false else ${logged} end
)::text as doc`
  return { text, values: values.values }
}

/**
 * Whether the commit relies on exactly one row besides settings, and writes it. Then the update is the check: no
 * lock before it, which is a quarter of the work of such a commit.
 */
export function hasOneRow({ locks, moves, updates }: CommitPlan): boolean {
  return moves.length === 0 && locks.length === 1 && locks[0]?.ids.length === 1 && updates.length === 1
}

function gatePart({ commit, settings, absent, closes, inserts }: CommitPlan, values: Parameters): string {
  const list = (items: readonly unknown[], type: string) => values.add(items.length === 0 ? null : items, type)
  return `gate as materialized (
  select ${SCHEMA}.guard(
    ${values.add(commit.projectId, 'text')},
    ${values.add(settings.map(({ kind }) => kind), 'text[]')},
    ${values.add(settings.map(({ id }) => id), 'text[]')},
    ${values.add(settings.map(({ version }) => version), 'int8[]')},
    ${list(closes, 'text[]')},
    ${list(inserts.map(({ kind }) => RECORD_TABLES[kind].name).sort(), 'text[]')},
    ${list(absent.map(({ kind }) => RECORD_TABLES[kind].name), 'text[]')},
    ${list(absent.map(({ id }) => id), 'text[]')}
  ) as stale
)`
}

function leanPart({ locks, updates }: CommitPlan, values: Parameters): string {
  const [rows] = updates
  const [lock] = locks
  if (rows === undefined || lock === undefined) return ''
  const table = RECORD_TABLES[rows.kind]
  return `go as (
  update ${tableName(table)} as t set ${assignments(table)}
  from ${recordsOf(table, rows, values)} as r
  where t.id = ${values.add(lock.ids[0], 'text')} and t.version = ${values.add(lock.versions[0], 'int8')}
    and (select stale is null from gate)
  returning t.id
)`
}

/** Locks, what is bad, and `go`. */
function proofParts(plan: CommitPlan, values: Parameters): string[] {
  const parts: string[] = []
  const bad: string[] = []
  let before = ''
  const lock = (name: string, body: (after: string) => string) => {
    parts.push(`${name} as materialized (\n  ${body(before)}\n)`)
    // Counting a part makes the next one wait for it.
    before = ` and (select count(*) from ${name}) is not null`
  }
  for (const rows of plan.locks) {
    const name = `lock_${RECORD_TABLES[rows.kind].name}`
    const ids = values.add(rows.ids, 'text[]')
    const versions = values.add(rows.versions, 'int8[]')
    lock(name, (after) => lockText(rows, ids, after))
    bad.push(`select '${rows.kind}' as kind, c.id from unnest(${ids}, ${versions}) as c (id, version)
    left join ${name} as l on l.id = c.id where l.version is distinct from c.version`)
  }
  if (plan.moves.length > 0) {
    const ids = values.add(plan.moves.map(({ id }) => id), 'text[]')
    const rooms = values.add(plan.moves.map(({ room }) => room), 'int8[]')
    lock('lock_accounts', (after) => `select id, reserved + settled as total from ${SCHEMA}.accounts
  where ${among('id', ids, plan.moves.length)} and (select stale is null from gate)${after}
  order by id for no key update`)
    bad.push(`select 'account', c.id from unnest(${ids}, ${rooms}) as c (id, room)
    left join lock_accounts as l on l.id = c.id where coalesce(l.total, 0) > c.room`)
    parts.push(...accountParts(plan, ids, values))
  }
  if (bad.length > 0) parts.push(`bad as materialized (\n  ${bad.join('\n  union all\n  ')}\n)`)
  const noneBad = bad.length === 0 ? '' : ' and not exists (select from bad)'
  parts.push(`go as materialized (\n  select from gate where stale is null${noneBad}\n)`)
  return parts
}

function lockText({ kind, ids: { length } }: LockedRows, ids: string, after: string): string {
  return `select id, version from ${tableName(RECORD_TABLES[kind])}
  where ${among('id', ids, length)} and (select stale is null from gate)${after}
  order by id for no key update`
}

/** One id is compared, not searched for in a list, so that the plan counts on one row. */
function among(column: string, ids: string, count: number): string {
  return count === 1 ? `${column} = (${ids})[1]` : `${column} = any(${ids})`
}

/**
 * Accounts that exist are locked by now and have room. One that does not yet is added as it is: should somebody else
 * add it in the same moment, its key is taken and the commit is decided anew.
 */
function accountParts({ moves }: CommitPlan, ids: string, values: Parameters): string[] {
  const reserved = values.add(moves.map((move) => move.reserved), 'int8[]')
  const settled = values.add(moves.map((move) => move.settled), 'int8[]')
  const source = `unnest(${ids}, ${reserved}, ${settled}) as m (id, reserved, settled)`
  return [
    `move_accounts as (
  update ${SCHEMA}.accounts as a set reserved = a.reserved + m.reserved, settled = a.settled + m.settled
  from ${source}
  where a.id = m.id and ${among('a.id', ids, moves.length)} and exists (select from go)
)`,
    `open_accounts as (
  insert into ${SCHEMA}.accounts (id, reserved, settled)
  select m.id, m.reserved, m.settled from ${source}
  where exists (select from go) and not exists (select from lock_accounts as l where l.id = m.id)
)`,
  ]
}

function updateParts({ updates }: CommitPlan, values: Parameters): string[] {
  return updates.map((rows, at) => {
    const table = RECORD_TABLES[rows.kind]
    const ids = values.add(rows.records.map(({ id }) => id), 'text[]')
    const isSecond = updates[at - 1]?.kind === rows.kind
    return `update_${table.name}${isSecond ? '_2' : ''} as (
  update ${tableName(table)} as t set ${assignments(table)}
  from ${recordsOf(table, rows, values)} as r
  where t.id = r.id and ${among('t.id', ids, rows.records.length)} and exists (select from go)
    ${isSecond ? `and (select count(*) from update_${table.name}) is not null` : ''}
  returning t.id
)`
  })
}

function insertPart(rows: WrittenRows, plan: CommitPlan, values: Parameters): string {
  const table = RECORD_TABLES[rows.kind]
  const groups = hasOneRow(plan) ? 0 : plan.updates.filter(({ kind }) => kind === rows.kind).length
  // A row of the same kind may give up in this commit the unique key that the new one takes.
  const after = groups === 0 ? '' : ` and (select count(*) from update_${table.name}${groups > 1 ? '_2' : ''}) is not null`
  const columns = table.columns.map(quoted)
  return `insert_${table.name} as (
  insert into ${tableName(table)} (${columns.join(', ')})
  select ${columns.map((column) => `r.${column}`).join(', ')}
  from ${recordsOf(table, rows, values)} as r
  where exists (select from go)${after}
)`
}

function recordsOf(table: RecordTable, { records }: WrittenRows, values: Parameters): string {
  const [first] = records
  return records.length === 1 && first !== undefined
    ? `jsonb_populate_record(null::${tableName(table)}, ${values.add(JSON.stringify(toRow(table, first)), 'jsonb')})`
    : `jsonb_populate_recordset(null::${tableName(table)}, ${values.add(
        JSON.stringify(records.map((record) => toRow(table, record))),
        'jsonb',
      )})`
}

function assignments(table: RecordTable): string {
  const columns = table.columns.filter(({ field }) => field !== 'id').map(quoted)
  return `(${columns.join(', ')}) = (${columns.map((column) => `r.${column}`).join(', ')})`
}

/** Events get their place in the order given. */
function eventPart({ commit }: CommitPlan, values: Parameters): string[] {
  if (commit.events.length === 0) return []
  const columns = EVENT_TABLE.columns.map(quoted)
  const rows = JSON.stringify(commit.events.map((event) => toRow(EVENT_TABLE, event)))
  return [
    `insert_events as (
  insert into ${tableName(EVENT_TABLE)} (${columns.join(', ')})
  select ${columns.map((column) => `r.${column}`).join(', ')}
  from rows from (jsonb_populate_recordset(null::${tableName(EVENT_TABLE)}, ${values.add(rows, 'jsonb')}))
    with ordinality as r
  where exists (select from go) order by r.ordinality
)`,
  ]
}

/** An expired receipt makes way for the new one. One that still holds leaves the key taken, and nothing is applied. */
function receiptParts({ commit }: CommitPlan, now: number | null, values: Parameters): string[] {
  if (commit.receipt === null) return []
  const { key, receipt } = commit.receipt
  const names = [key.projectId, key.principalId, key.command, key.key].map((part) => values.add(part, 'text'))
  const hash = values.add(receipt.requestHash, 'text')
  const response = values.add(JSON.stringify(receipt.response), 'jsonb')
  return [
    `drop_receipt as (
  delete from ${SCHEMA}.receipts
  where (project_id, principal_id, command, key) = (${names.join(', ')})
    and expires_at <= ${clockText(now, values)} and exists (select from go)
  returning key
)`,
    `insert_receipt as (
  insert into ${SCHEMA}.receipts (project_id, principal_id, command, key, request_hash, response, expires_at)
  select ${names.join(', ')}, ${hash}, ${response}, ${values.add(receipt.expiresAt, 'int8')}
  where exists (select from go) and (select count(*) from drop_receipt) is not null
)`,
  ]
}
