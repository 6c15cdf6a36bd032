import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { invariant } from '../errors.ts'
import type { EventKind } from '../model/event.ts'
import { usdFromMicros } from '../model/money.ts'
import type { Run, RunStatus } from '../model/run.ts'
import type { Scope } from '../ports/storage.ts'
import { countedMicros } from '../rules/pricing.ts'
import { RECENT_RUNS_MAX } from '../rules/run.ts'
import { budgetAlertScope, raiseBudgetAlerts } from './budget-alerts.ts'
import { closeToolCalls, openToolCallsScope } from './close-tool-calls.ts'
import { meteredMoves } from './metered-use.ts'
import { type AccountMove, bookMoves, moneyMoves } from './move-money.ts'
import { type AddedUse, countsImputed, NOTHING_ADDED, policyOfRun } from './price-lines.ts'
import { runAccountsSeen, runMoneyScope, runScope, seenReservation, seenRun } from './run-scope.ts'

export interface RunEnd {
  /** The run, with its last lines recorded. */
  readonly run: Run
  /** How it ended; a run that was stopped ends as STOPPED, whatever it says itself. */
  readonly status: Exclude<RunStatus, 'RUNNING'>
  readonly error?: string | null
}

const ENDED: Readonly<Record<RunEnd['status'], EventKind>> = {
  COMPLETED: 'RUN_COMPLETED',
  FAILED: 'RUN_FAILED',
  TIMEOUT: 'RUN_TIMEOUT',
  STOPPED: 'RUN_STOPPED',
}

/** What ending a run reads besides `runScope`; `added` is what its last lines add. */
export function finishScope(run: Run, added: AddedUse, seen: Snapshot): Scope {
  return joinScopes(
    openToolCallsScope(run.id),
    runMoneyScope(run, seen),
    budgetAlertScope(settlement(seen, run, added, seen.now) ?? []),
  )
}

/** The same for a run of which only the id is known, with nothing left to report. */
export function finishScopeById(projectId: string, runId: string, seen: Snapshot | null): Scope {
  const question = { projectId, runId, lines: [], callerAgentId: null }
  const run = seenRun(question, seen)
  return joinScopes(
    runScope(question, seen),
    run === null || seen === null ? {} : finishScope(run, NOTHING_ADDED, seen),
  )
}

/**
 * What settling the run moves on each account; null while these have not been read. `untilAt` is when it worked last;
 * null: at its last report.
 */
function settlement(snapshot: Snapshot, run: Run, added: AddedUse, untilAt: number | null): AccountMove[] | null {
  const reservation = seenReservation(run, snapshot)
  const accounts = runAccountsSeen(run, snapshot)
  if (reservation === null || accounts === null || reservation.status !== 'HELD' || !hasPolicies(snapshot, run))
    return null
  const used = countedMicros(run, countsImputed(policyOfRun(snapshot, run))) + added.micros
  // What could not be held was settled when it was reported; it must not be paid twice.
  const settled = Math.max(0, used - reservation.settledMicros)
  return [
    ...moneyMoves(accounts, { reserved: -reservation.amountMicros, settled }),
    ...accounts.filter(({ key }) => key.metric === 'RUNS').map((account) => ({ account, reserved: -1, settled: 1 })),
    ...meteredMoves(run, accounts, { addedTokens: added.tokens, untilAt }),
  ]
}

function hasPolicies(snapshot: Snapshot, { projectId }: Run): boolean {
  return [null, projectId].every((owner) => snapshot.hasLookup('activePolicies', [owner]))
}

/**
 * Ends runs: each settles what it used and gives back the rest of its hold, once, on the accounts of its start, and
 * whatever it left open is closed. Cost that was incurred is booked even past a cap.
 */
export function finishRuns(deciding: DecidingInProject, ends: readonly RunEnd[]): Run[] {
  const moves: AccountMove[] = []
  const finished = ends.map((end) => {
    const moved = settle(deciding, end)
    moves.push(...moved)
    return close(deciding, end, moved[0]?.settled ?? 0)
  })
  const [first] = finished
  if (first !== undefined) {
    raiseBudgetAlerts(deciding, moves, { agentId: first.agentId, taskId: first.taskId, runId: first.id })
  }
  return finished
}

export function finishRun(deciding: DecidingInProject, end: RunEnd): Run {
  const [finished] = finishRuns(deciding, [end])
  invariant(finished !== undefined, 'a run that is finished is given back')
  return finished
}

function settle(deciding: DecidingInProject, { run, status }: RunEnd): AccountMove[] {
  const { changes, snapshot, now } = deciding
  const reservation = snapshot.get('reservation', run.reservationId)
  invariant(reservation !== null && reservation.status === 'HELD', `an open run has its hold: ${run.id}`)
  // A run that fell silent worked, as far as anybody can tell, until it was heard last.
  const moves = settlement(snapshot, run, NOTHING_ADDED, status === 'TIMEOUT' ? null : now)
  invariant(moves !== null, `the accounts of ${run.id} have been read`)
  const settled = moves[0]?.settled ?? 0
  bookMoves(deciding, moves, { kind: settled > 0 ? 'SETTLE' : 'RELEASE', reservationId: reservation.id })
  const settledMicros = reservation.settledMicros + settled
  changes.update('reservation', reservation, {
    status: settledMicros > 0 ? 'SETTLED' : 'RELEASED',
    settledMicros,
    callHolds: [],
    callHoldsDueAt: null,
  })
  return moves
}

function close(deciding: DecidingInProject, end: RunEnd, settledMicros: number): Run {
  const { changes, now, snapshot } = deciding
  const run = changes.current('run', end.run)
  const status = run.stopReason === null ? end.status : 'STOPPED'
  const costMicros = run.billedMicros + run.imputedMicros
  const ended = changes.update('run', run, { status, endedAt: now, error: end.error ?? run.error })
  const workload = snapshot.get('workload', run.agentId)
  if (workload !== null) {
    const current = changes.current('workload', workload)
    changes.update('workload', workload, {
      openRuns: current.openRuns.filter(({ runId }) => runId !== run.id),
      recentRuns: [...current.recentRuns, { runId: run.id, costMicros }].slice(-RECENT_RUNS_MAX),
    })
  }
  closeToolCalls(deciding, run.id)
  const about = { subject: `run/${run.id}`, taskId: run.taskId, agentId: run.agentId, runId: run.id }
  changes.event(ENDED[status], {
    ...about,
    summary: `Run ended: ${status}${run.stopReason === null ? '' : ` (${run.stopReason})`}, ${usdFromMicros(costMicros, 6)} USD`,
    reason: ended.error ?? run.stopReason,
    data: {
      status,
      stopReason: run.stopReason,
      lines: run.lineCount,
      costStatus: run.costStatus,
      version: ended.version,
    },
    costMicros: run.billedMicros,
  })
  changes.event('BUDGET_SETTLED', {
    ...about,
    subject: `reservation/${run.reservationId}`,
    summary: `Settled ${usdFromMicros(settledMicros, 6)} USD and released the rest`,
    data: { reservationId: run.reservationId, settledMicros },
    costMicros: settledMicros,
  })
  return ended
}
