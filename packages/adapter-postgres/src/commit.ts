import {
  type CommitOutcome,
  LOOKUPS,
  type LookupName,
  MissionControlError,
  type StaleReason,
} from '@mission-control/core/storage'
import type { CommitPlan } from './commit-plan.ts'
import { faultOf, isConflict, isUnreachable, NO_ROOM, type SqlError, sqlErrorOf } from './faults.ts'
import { kindOfTable, snakeCase } from './record-tables.ts'
import { readDocument } from './rows.ts'
import { type CommitAnswer, commitStatement, type Resent, settingsOf } from './sql/commit.ts'
import { loggedAs } from './sql/log.ts'
import type { SqlClient } from './sql-client.ts'
import { runPrepared } from './statement.ts'

/** Said when the store went away under a commit. */
const RESEND =
  'Whether it was applied is not known. Send the same commit again: with an event in it, it takes effect once.'

/** What became of one commit of a batch; a fault is told to its own caller only. */
export type Sent = { readonly outcome: CommitOutcome } | { readonly fault: unknown }

/** Sends commits that touch different rows as one, and reads what became of each. */
export async function sendCommits(
  client: SqlClient,
  plans: readonly CommitPlan[],
  now: () => number | null,
): Promise<readonly Sent[]> {
  try {
    const answer = readDocument<CommitAnswer>(
      await runPrepared(client, commitStatement(plans, now(), client.commitsEach)),
    )
    if (plans.length > 1 && answer.unproven !== null) return await sendApart(client, plans, answer.unproven, now)
    return plans.map((plan, at) => sentOf(plan, at + 1, answer))
  } catch (thrown) {
    const error = sqlErrorOf(thrown)
    const fault = faultOf(thrown, 'commit', RESEND)
    if (error === null || isUnreachable(error)) return plans.map(() => ({ fault }))
    // One of them breaks a rule of the database, and the whole batch was undone: each is told its own truth.
    if (plans.length > 1) return await oneByOne(client, plans, now)
    const [plan] = plans
    return plan !== undefined && isConflict(error) ? [await afterConflict(client, plan, error)] : [{ fault }]
  }
}

async function oneByOne(client: SqlClient, plans: readonly CommitPlan[], now: () => number | null): Promise<Sent[]> {
  const sent: Sent[] = []
  for (const plan of plans) sent.push(...(await sendCommits(client, [plan], now)))
  return sent
}

/** A stale setting stopped the whole batch: who relied on it is stale, the others are sent again without them. */
async function sendApart(
  client: SqlClient,
  plans: readonly CommitPlan[],
  unproven: readonly number[],
  now: () => number | null,
): Promise<Sent[]> {
  const settings = settingsOf(plans)
  const old = new Set(unproven.map((n) => settings[n - 1]))
  const reasons = plans.map((plan) =>
    settings.filter(
      (setting) =>
        old.has(setting) &&
        plan.settings.some(
          ({ kind, id, version }) => kind === setting.kind && id === setting.id && version === setting.version,
        ),
    ),
  )
  const fresh = plans.filter((_, at) => reasons[at]?.length === 0)
  const again = (fresh.length === 0 ? [] : await sendCommits(client, fresh, now))[Symbol.iterator]()
  return reasons.map((because) => {
    if (because.length === 0) return again.next().value as Sent
    return { outcome: { status: 'stale', because: because.map(({ kind, id }) => ({ kind, id })) } }
  })
}

function sentOf(plan: CommitPlan, n: number, answer: CommitAnswer): Sent {
  if (answer.applied?.includes(n) === true) return { outcome: { status: 'applied' } }
  const before = answer.logged?.find(([of]) => of === n)
  if (before !== undefined) return sentBefore(plan, before)
  if (answer.unproven !== null) {
    const proven = [...plan.settings, ...plan.absent]
    const because = answer.unproven.flatMap((at) => {
      const ref = proven[at - 1]
      return ref === undefined ? [] : [{ kind: ref.kind, id: ref.id }]
    })
    return { outcome: { status: 'stale', because } }
  }
  const changed =
    answer.changed === null
      ? plan.locks.map(({ kind, id }) => ({ kind, id }))
      : answer.changed.filter(([of]) => of === n).map(([, kind, id]) => ({ kind, id }))
  return { outcome: { status: 'stale', because: changed } }
}

/** The event is in the log: the commit was applied before. Another event under its id would be a broken source of ids. */
function sentBefore(plan: CommitPlan, [, isSame]: Resent): Sent {
  if (isSame) return { outcome: { status: 'applied' } }
  const { id } = JSON.parse(plan.events[0] ?? '{}') as { id?: string }
  return { fault: new MissionControlError('INTERNAL', `commit: the log holds another event under the id ${id}`) }
}

/** A commit sent again breaks on the keys it took itself: then it is applied, and nothing is to be done. */
async function afterConflict(client: SqlClient, plan: CommitPlan, error: SqlError): Promise<Sent> {
  const stale: Sent = { outcome: { status: 'stale', because: conflictReasons(plan, error) } }
  const [first] = plan.events
  if (first === undefined) return stale
  try {
    const { rows } = await runPrepared(client, loggedAs(first))
    const logged = JSON.parse(String(rows[0]?.doc ?? 'null')) as readonly Resent[] | null
    return logged?.[0] === undefined ? stale : sentBefore(plan, logged[0])
  } catch (thrown) {
    // In a transaction of the application the conflict has ended everything, and nothing of it will be applied.
    return sqlErrorOf(thrown)?.code === '25P02' ? stale : { fault: faultOf(thrown, 'commit') }
  }
}

const LOOKUP_BY_INDEX = new Map((Object.keys(LOOKUPS) as LookupName[]).map((name) => [snakeCase(name), name]))

/** What a conflict was about. Of a deadlock or a failed serialization Postgres does not say. */
function conflictReasons(plan: CommitPlan, { code, constraint, table, detail }: SqlError): StaleReason[] {
  if (code === NO_ROOM) return (JSON.parse(detail ?? '[]') as string[]).map((id) => ({ kind: 'account', id }))
  if (constraint === undefined || table === undefined) return []
  if (table === 'receipts') return [{ kind: 'receipt', id: plan.receipt?.key.key ?? '' }]
  const lookup = LOOKUP_BY_INDEX.get(constraint)
  if (lookup !== undefined) return [{ kind: 'unique', id: lookup }]
  const id = /^Key \(id\)=\((.*)\) already exists/.exec(detail ?? '')?.[1] ?? ''
  const kind = table === 'accounts' ? 'account' : (kindOfTable(table) ?? 'unique')
  return [{ kind, id }]
}
