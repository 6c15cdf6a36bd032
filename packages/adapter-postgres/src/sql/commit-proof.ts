import type { Kind } from '@mission-control/core/storage'
import type { AccountMove, CommitPlan, LockedRow } from '../commit-plan.ts'
import { RECORD_TABLES, SCHEMA, tableName } from '../record-tables.ts'
import type { Parameters } from '../statement.ts'
import { assignments, byKind, columnSetOf, listOf, type Numbered, rowsFrom, together } from './row-text.ts'

/**
 * `go` of commits that each rely on one row and write it: the update is the check, and needs no lock before it. All rows
 * are of one kind, or the order of locks would not be everybody's.
 */
export function onlyRowsPart(plans: readonly CommitPlan[], values: Parameters): string {
  const updates = byKind(together(plans, (plan) => plan.updates))
  const [kind, rows] = updates[0] ?? ['task' as const, []]
  const [source, n] = rowsFrom(rows, values)
  const ids = listOf(rows, ({ row }) => row.id, 'text', values)
  const table = RECORD_TABLES[kind]
  return `go as (
  update ${tableName(table)} as t set ${assignments(columnSetOf(rows))}
  from ${source}
  where t.id = r.id and t.id = any(${ids}) and t.version = r.version - 1
    and (select stale is null from gate)
  returning ${n} as n
)`
}

/** The locks, `bad`, and `go`. */
export function proofParts(plans: readonly CommitPlan[], values: Parameters): string[] {
  const locks: string[] = []
  const bad: string[] = []
  let before = ''
  const lock = (name: string, text: string) => {
    locks.push(`${name} as materialized (
  ${text} and (select stale is null from gate)${before}
  order by id for no key update
)`)
    // Counting the rows of one part makes the next wait until all of them are locked.
    before = ` and (select count(*) from ${name}) is not null`
  }
  for (const [kind, rows] of byKind(together(plans, (plan) => plan.locks))) {
    const { text, badText, name } = rowLock(kind, rows, values)
    lock(name, text)
    bad.push(badText)
  }
  const moves = together(plans, (plan) => plan.moves)
  if (moves.length > 0) {
    const ids = listOf(moves, ({ row }) => row.id, 'text', values)
    lock('lock_accounts', `select id, reserved + settled as total from ${SCHEMA}.accounts\n  where id = any(${ids})`)
    bad.push(badMoves(moves, ids, values))
  }
  const members = listOf(plans, (plan) => plans.indexOf(plan) + 1, 'int4', values)
  const go = `select m.n from gate, unnest(${members}) as m (n) where gate.stale is null`
  if (bad.length === 0) return [`go as materialized (\n  ${go}\n)`]
  return [
    ...locks,
    `bad as materialized (\n  ${bad.join('\n  union all\n  ')}\n)`,
    `go as materialized (\n  ${go} and m.n not in (select n from bad)\n)`,
  ]
}

function rowLock(kind: Kind, rows: readonly Numbered<LockedRow>[], values: Parameters) {
  const table = RECORD_TABLES[kind]
  const name = `lock_${table.name}`
  const ids = listOf(rows, ({ row }) => row.id, 'text', values)
  const versions = listOf(rows, ({ row }) => row.version, 'int8', values)
  const ns = listOf(rows, ({ n }) => n, 'int4', values)
  return {
    name,
    text: `select id, version from ${tableName(table)}\n  where id = any(${ids})`,
    badText: `select c.n, '${kind}' as kind, c.id from unnest(${ids}, ${versions}, ${ns}) as c (id, version, n)
    left join ${name} as l on l.id = c.id where l.version is distinct from c.version`,
  }
}

/**
 * Moves on one account act in the order of the commits. A raise counts for those behind it even if its own commit is
 * refused for another reason: too little room may be seen, never too much, and who is refused looks again.
 */
function badMoves(moves: readonly Numbered<AccountMove>[], ids: string, values: Parameters): string {
  const rooms = listOf(moves, ({ row }) => row.room, 'int8', values)
  const raises = listOf(moves, ({ row }) => Math.max(0, row.reserved + row.settled), 'int8', values)
  const ns = listOf(moves, ({ n }) => n, 'int4', values)
  return `select c.n, 'account' as kind, c.id from (
    select a.*, coalesce(sum(a.raise) over (
      partition by a.id order by a.n rows between unbounded preceding and 1 preceding), 0) as raised
    from unnest(${ids}, ${rooms}, ${raises}, ${ns}) as a (id, room, raise, n)
  ) as c left join lock_accounts as l on l.id = c.id where coalesce(l.total, 0) + c.raised > c.room`
}
