import {
  type Commit,
  type CommitOutcome,
  LOOKUPS,
  type LookupName,
  type StaleReason,
} from '@mission-control/core/storage'
import { type CommitPlan, planOf } from './commit-plan.ts'
import { faultOf, isConflict, NO_ROOM, type SqlError, sqlErrorOf } from './faults.ts'
import { kindOfTable, snakeCase } from './record-tables.ts'
import { readDocument } from './rows.ts'
import { assertBytes, assertSound } from './sound-commit.ts'
import { type CommitAnswer, commitStatement } from './sql/commit.ts'
import { isLogged } from './sql/log.ts'
import type { SqlClient } from './sql-client.ts'
import { runPrepared, type Statement } from './statement.ts'

/** Checks and writes a commit out before anything is awaited, so that the caller may change its objects at once. */
export function preparedCommit(commit: Commit, now: number | null): { plan: CommitPlan; statement: Statement } {
  assertSound(commit)
  const plan = planOf(commit)
  const statement = commitStatement(plan, now)
  assertBytes(statement.values.filter((value) => typeof value === 'string'))
  return { plan, statement }
}

/** Said when the store went away under a commit. */
const RESEND =
  'Whether it was applied is not known. Send the same commit again: with an event in it, it takes effect once.'

/** Sends a commit and reads what became of it. */
export async function sendCommit(
  client: SqlClient,
  { plan, statement }: { plan: CommitPlan; statement: Statement },
): Promise<CommitOutcome> {
  try {
    return outcomeOf(plan, readDocument(await runPrepared(client, statement)))
  } catch (thrown) {
    const error = sqlErrorOf(thrown)
    if (error === null || !isConflict(error)) throw faultOf(thrown, 'commit', RESEND)
    if (await wasApplied(client, plan)) return { status: 'applied' }
    return { status: 'stale', because: conflictReasons(plan, error) }
  }
}

function outcomeOf(plan: CommitPlan, answer: CommitAnswer): CommitOutcome {
  if (answer.applied || answer.logged) return { status: 'applied' }
  if (answer.unproven !== null) {
    const proven = [...plan.settings, ...plan.absent]
    const because = answer.unproven.flatMap((n) => {
      const ref = proven[n - 1]
      return ref === undefined ? [] : [{ kind: ref.kind, id: ref.id }]
    })
    return { status: 'stale', because }
  }
  const changed = answer.changed ?? plan.locks.map(({ kind, ids }) => [kind, ids[0] ?? ''] as const)
  return { status: 'stale', because: changed.map(([kind, id]) => ({ kind, id })) }
}

/** A commit sent again breaks on the keys it took itself: then it is applied, and nothing is to be done. */
async function wasApplied(client: SqlClient, { commit }: CommitPlan): Promise<boolean> {
  const first = commit.events[0]
  if (first === undefined) return false
  try {
    const { rows } = await runPrepared(client, isLogged(first.id))
    return rows[0]?.is_logged === true
  } catch (thrown) {
    // In a transaction of the application the conflict has ended everything, and nothing of it will be applied.
    if (sqlErrorOf(thrown)?.code === '25P02') return false
    throw faultOf(thrown, 'commit')
  }
}

const LOOKUP_BY_INDEX = new Map((Object.keys(LOOKUPS) as LookupName[]).map((name) => [snakeCase(name), name]))

/** What a conflict was about. Of a deadlock or a failed serialization Postgres does not say. */
function conflictReasons(plan: CommitPlan, { code, constraint, table, detail }: SqlError): StaleReason[] {
  if (code === NO_ROOM) return (JSON.parse(detail ?? '[]') as string[]).map((id) => ({ kind: 'account', id }))
  if (constraint === undefined || table === undefined) return []
  if (table === 'receipts') return [{ kind: 'receipt', id: plan.commit.receipt?.key.key ?? '' }]
  const lookup = LOOKUP_BY_INDEX.get(constraint)
  if (lookup !== undefined) return [{ kind: 'unique', id: lookup }]
  const id = /^Key \(id\)=\((.*)\) already exists/.exec(detail ?? '')?.[1] ?? ''
  const kind = table === 'accounts' ? 'account' : (kindOfTable(table) ?? 'unique')
  return [{ kind, id }]
}
