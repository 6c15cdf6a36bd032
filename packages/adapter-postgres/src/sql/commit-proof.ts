import type { CommitPlan, LockedRows } from '../commit-plan.ts'
import { RECORD_TABLES, SCHEMA, tableName } from '../record-tables.ts'
import type { Parameters } from '../statement.ts'
import { among, assignments, recordsOf } from './row-text.ts'

/**
 * Whether the commit relies on exactly one row besides settings, and writes it. Then the update is the check, and
 * needs no lock before it.
 */
export function reliesOnOneRow({ locks, moves, updates }: CommitPlan): boolean {
  return moves.length === 0 && locks.length === 1 && locks[0]?.ids.length === 1 && updates.length === 1
}

/** `go` of such a commit. */
export function onlyRowPart({ locks: [lock], updates: [rows] }: CommitPlan, values: Parameters): string {
  if (rows === undefined || lock === undefined) return ''
  const table = RECORD_TABLES[rows.kind]
  return `go as (
  update ${tableName(table)} as t set ${assignments(table)}
  from ${recordsOf(rows, values)} as r
  where t.id = ${values.add(lock.ids[0], 'text')} and t.version = ${values.add(lock.versions[0], 'int8')}
    and (select stale is null from gate)
  returning t.id
)`
}

/** The locks, `bad`, and `go`. */
export function proofParts(plan: CommitPlan, values: Parameters): string[] {
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
  for (const rows of plan.locks) {
    const { text, badText, name } = rowLock(rows, values)
    lock(name, text)
    bad.push(badText)
  }
  if (plan.moves.length > 0) {
    const ids = values.add(
      plan.moves.map(({ id }) => id),
      'text[]',
    )
    const rooms = values.add(
      plan.moves.map(({ room }) => room),
      'int8[]',
    )
    lock(
      'lock_accounts',
      `select id, reserved + settled as total from ${SCHEMA}.accounts
  where ${among('id', ids, plan.moves.length)}`,
    )
    bad.push(`select 'account' as kind, c.id from unnest(${ids}, ${rooms}) as c (id, room)
    left join lock_accounts as l on l.id = c.id where coalesce(l.total, 0) > c.room`)
  }
  if (bad.length === 0) return ['go as materialized (\n  select from gate where stale is null\n)']
  return [
    ...locks,
    `bad as materialized (\n  ${bad.join('\n  union all\n  ')}\n)`,
    'go as materialized (\n  select from gate where stale is null and not exists (select from bad)\n)',
  ]
}

function rowLock(rows: LockedRows, values: Parameters): { name: string; text: string; badText: string } {
  const table = RECORD_TABLES[rows.kind]
  const name = `lock_${table.name}`
  const ids = values.add(rows.ids, 'text[]')
  const versions = values.add(rows.versions, 'int8[]')
  return {
    name,
    text: `select id, version from ${tableName(table)}
  where ${among('id', ids, rows.ids.length)}`,
    badText: `select '${rows.kind}' as kind, c.id from unnest(${ids}, ${versions}) as c (id, version)
    left join ${name} as l on l.id = c.id where l.version is distinct from c.version`,
  }
}
