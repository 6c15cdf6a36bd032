import type { RecordOf } from '@mission-control/core/storage'
import { accountKey } from '@mission-control/core/storage'
import { type Change, type Mirror, writtenOf } from '../mirror.ts'
import { rulesOf } from './rules-in-force.ts'
import type { Sight, Watch } from './watch.ts'

type AccountKey = NonNullable<ReturnType<typeof accountKey>>

/** I9 to I13: no hold passes a cap, what is used counts once, and every hold ends once. */
export function watchMoney(sight: Sight): Watch {
  const counted = new Set<string>()
  return {
    committed: (change) => {
      checkAccounts(sight, change)
      checkEntries(sight, change)
      checkLines(sight, change, counted)
      checkHolds(sight, change)
    },
  }
}

function checkAccounts({ mirror, complain }: Sight, change: Change): void {
  for (const { account } of change.commit.adds) {
    const { reserved, settled } = mirror.balance(account)
    if (reserved < 0 || settled < 0) complain('I9', `${account} stands at ${reserved} and ${settled}`)
  }
}

function checkEntries({ mirror, complain }: Sight, change: Change): void {
  const entries = writtenOf(change, 'ledgerEntry').map(({ after }) => after)
  const sums = new Map<string, { reserved: number; settled: number }>()
  for (const entry of entries) {
    const sum = sums.get(entry.accountId) ?? { reserved: 0, settled: 0 }
    sums.set(entry.accountId, { reserved: sum.reserved + entry.reserved, settled: sum.settled + entry.settled })
    if (entry.kind !== 'RESERVE' && entry.kind !== 'EXTEND') continue
    const key = accountKey(entry.accountId)
    const cap = key === null ? null : capOf(mirror, key)
    const { reserved, settled } = mirror.balance(entry.accountId)
    if (cap !== null && reserved + settled > cap) {
      complain(
        'I9',
        `${entry.kind} of ${entry.reserved} leaves ${reserved + settled} on ${entry.accountId}, cap ${cap}`,
      )
    }
    if (entry.kind === 'RESERVE' && key?.window === 'DAY' && key.windowKey !== dayOf(mirror, key.projectId, entry.at)) {
      complain('I12', `${entry.id} of ${dayOf(mirror, key.projectId, entry.at)} is held on ${entry.accountId}`)
    }
    const held = mirror.get('reservation', entry.reservationId ?? '')
    if (held !== null && !held.accountIds.includes(entry.accountId)) {
      complain('I12', `${held.id} holds on ${entry.accountId}, an account it was not started with`)
    }
  }
  for (const { account, reserved, settled } of change.commit.adds) {
    const sum = sums.get(account) ?? { reserved: 0, settled: 0 }
    sums.set(account, { reserved: sum.reserved - reserved, settled: sum.settled - settled })
  }
  for (const [account, { reserved, settled }] of sums) {
    if (reserved !== 0 || settled !== 0) complain('I10', `${account} moved otherwise than its entries say`)
  }
}

const days = new Map<string, Intl.DateTimeFormat>()

/** The day of a moment where the project is. */
function dayOf(mirror: Mirror, projectId: string, at: number): string {
  const timeZone = mirror.get('project', projectId)?.timeZone ?? 'UTC'
  const known = days.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' })
  days.set(timeZone, known)
  return known.format(at)
}

/** The ceiling of an account, told a second time from the records. */
function capOf(mirror: Mirror, key: AccountKey): number | null {
  const budget =
    mirror
      .all('budget')
      .find(
        ({ scopeType, scopeId, metric, window }) =>
          scopeType === key.scopeType && scopeId === key.scopeId && metric === key.metric && window === key.window,
      ) ?? null
  const own = budget?.cap ?? defaultOf(mirror, key)
  if (own === null) return null
  return (budget?.adjustments ?? [])
    .filter(({ windowKey }) => windowKey === key.windowKey)
    .reduce((sum, { amount }) => sum + amount, own)
}

function defaultOf(mirror: Mirror, key: AccountKey): number | null {
  if (key.metric !== 'USD') return null
  if (key.scopeType === 'AGENT' && key.window === 'DAY') return mirror.get('agent', key.scopeId)?.budgetDailyMicros ?? 0
  if (key.scopeType === 'TASK' && key.window === 'LIFETIME') {
    return mirror.get('task', key.scopeId)?.budgetAllocatedMicros ?? 0
  }
  if (key.scopeType === 'RUN') return mirror.get('run', key.scopeId)?.capMicros ?? null
  return null
}

function checkLines({ mirror, complain }: Sight, change: Change, counted: Set<string>): void {
  const runs = new Set<string>()
  for (const { after: line } of writtenOf(change, 'usageLine')) {
    const key = `${line.runId} ${line.callId}`
    if (counted.has(key)) complain('I10', `call ${line.callId} of ${line.runId} counts twice`)
    counted.add(key)
    runs.add(line.runId)
    if (line.costStatus !== 'UNPRICED' && line.billedMicros === null) {
      complain('I10', `${line.id} has a price and no amount`)
    }
  }
  for (const { before, after } of writtenOf(change, 'run')) {
    const billed = after.billedMicros - (before?.billedMicros ?? 0)
    const lines = writtenOf(change, 'usageLine').filter((entry) => entry.after.runId === after.id)
    const sum = lines.reduce((total, entry) => total + (entry.after.billedMicros ?? 0), 0)
    if (billed !== sum) complain('I10', `${after.id} was billed ${billed}, its new lines say ${sum}`)
    runs.delete(after.id)
    if (before !== null && before.status !== 'RUNNING' && after.status !== before.status) {
      complain('I11', `${after.id} was ${before.status} and is ${after.status}`)
    }
    if (before === null && after.status === 'RUNNING') checkRoom(mirror, complain, change, after)
  }
  for (const runId of runs) complain('I10', `lines were added to ${runId}, which does not count them`)
}

/** I13: nothing starts on an account that is spent. */
function checkRoom(mirror: Mirror, complain: Sight['complain'], change: Change, run: RecordOf<'run'>): void {
  if (
    run.endedAt !== null ||
    writtenOf(change, 'run').some(({ after }) => after.id === run.id && after.status !== 'RUNNING')
  )
    return
  const held = mirror.get('reservation', run.reservationId)
  for (const account of held?.accountIds ?? []) {
    const key = accountKey(account)
    const cap = key === null || key.scopeType === 'RUN' ? null : capOf(mirror, key)
    const { settled } = mirror.balance(account)
    if (cap !== null && key?.metric === 'USD' && settled >= cap) {
      complain('I13', `${run.id} started although ${account} has spent ${settled} of ${cap}`)
    }
  }
}

function checkHolds({ mirror, complain }: Sight, change: Change): void {
  for (const { before, after } of writtenOf(change, 'reservation')) {
    // What is told of a run that has ended is settled even when nothing was left to settle before.
    const isLate =
      before?.status === 'RELEASED' && writtenOf(change, 'usageLine').some((entry) => entry.after.runId === after.runId)
    if (before !== null && before.status !== 'HELD' && after.status !== before.status && !isLate) {
      complain('I11', `${after.id} was ${before.status} and is ${after.status}`)
    }
    const run = mirror.get('run', after.runId)
    if (run === null) complain('I11', `${after.id} is of no run`)
    else if ((run.status === 'RUNNING') !== (after.status === 'HELD')) {
      complain('I11', `${run.id} is ${run.status} and its hold ${after.status}`)
    }
  }
  for (const { after: run } of writtenOf(change, 'run')) {
    const held = mirror.get('reservation', run.reservationId)
    if (held === null) complain('I11', `${run.id} has no hold`)
    else if ((run.status === 'RUNNING') !== (held.status === 'HELD')) {
      complain('I11', `${run.id} is ${run.status} and its hold ${held.status}`)
    }
    if (run.status !== 'RUNNING' && held !== null) checkSettled(mirror, complain, run)
    const left = mirror.all('toolCall').find((call) => call.runId === run.id && call.status === 'RUNNING')
    if (run.status !== 'RUNNING' && left !== undefined)
      complain('I6', `${run.id} is ${run.status} and ${left.id} goes on`)
  }
}

/** What a finished run counted is what was settled on its own account. */
function checkSettled(mirror: Mirror, complain: Sight['complain'], run: RecordOf<'run'>): void {
  const account = mirror
    .get('reservation', run.reservationId)
    ?.accountIds.find((id) => id.includes(`/RUN/${run.id}/USD`))
  if (account === undefined) return
  const { reserved, settled } = mirror.balance(account)
  const imputed = rulesOf(mirror, run.projectId).countImputed ? run.imputedMicros : 0
  if (reserved !== 0) complain('I11', `${run.id} is ${run.status} and still holds ${reserved}`)
  if (settled !== run.billedMicros + imputed) {
    complain('I10', `${run.id} cost ${run.billedMicros + imputed}, and ${settled} was settled`)
  }
}
