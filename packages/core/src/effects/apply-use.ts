import type { DecidingInProject } from '../decide/command.ts'
import { invariant } from '../errors.ts'
import { usdFromMicros } from '../model/money.ts'
import { raiseBudgetAlerts } from './budget-alerts.ts'
import { exceedBudget } from './exceed-budget.ts'
import { meteredMoves, spentByMoves } from './metered-use.ts'
import { bookMoves, holdMoney, moneyMoves } from './move-money.ts'
import { hasMetered, type RunAccount, relyOnCaps } from './run-accounts.ts'
import { mayExtend, type ReportOutlook, withoutRoom } from './run-report.ts'
import { runAccountsSeen } from './run-scope.ts'
import { stopRuns } from './stop-runs.ts'

/**
 * What reported use does to the accounts of an open run: money above the hold extends it or stops the run, tokens and
 * time are booked and stop it where they reach a cap. Whatever account that was, people are asked to extend it.
 */
export function applyUse(deciding: DecidingInProject, outlook: ReportOutlook): void {
  const { run, reservation, aboveHoldMicros } = outlook
  if (aboveHoldMicros === 0 && !hasMetered(reservation)) return
  const accounts = runAccountsSeen(run, deciding.snapshot)
  invariant(accounts !== null, `the accounts of ${run.id} have been read`)
  const short = aboveHoldMicros === 0 ? [] : extendOrStop(deciding, outlook, accounts)
  const spent = meter(deciding, outlook, accounts)
  const exceeded = accounts.flatMap((account) => [...short, ...spent].filter(({ id }) => id === account.id))
  if (exceeded.length === 0) return
  const agent = deciding.snapshot.get('agent', run.agentId)
  invariant(agent !== null, `the agent of ${run.id} has been read`)
  const task = run.taskId === null ? null : deciding.snapshot.get('task', run.taskId)
  exceedBudget(deciding, {
    agent,
    task,
    runId: run.id,
    accounts: exceeded,
    neededMicros: aboveHoldMicros,
    isSpent: true,
  })
}

/** Extends the hold by what was used above it, or stops the run; gives the accounts of others that had no room. */
function extendOrStop(
  deciding: DecidingInProject,
  outlook: ReportOutlook,
  accounts: readonly RunAccount[],
): readonly RunAccount[] {
  const { changes, snapshot, mode } = deciding
  const { run, reservation, aboveHoldMicros } = outlook
  const agent = snapshot.get('agent', run.agentId)
  const short = withoutRoom(accounts, aboveHoldMicros)
  const amountMicros = reservation.amountMicros + aboveHoldMicros
  if (amountMicros > run.capMicros || short.length > 0 || !mayExtend(agent, mode)) {
    stopAboveHold(deciding, outlook, accounts)
    return short
  }
  relyOnCaps(snapshot, accounts)
  holdMoney(deciding, accounts, { kind: 'EXTEND', amountMicros: aboveHoldMicros, reservationId: reservation.id })
  changes.update('reservation', reservation, { amountMicros })
  changes.event('BUDGET_RESERVED', {
    subject: `reservation/${reservation.id}`,
    summary: `Extended the hold by ${usdFromMicros(aboveHoldMicros, 6)} USD`,
    data: { reservationId: reservation.id, amountMicros, addedMicros: aboveHoldMicros },
    taskId: run.taskId,
    agentId: run.agentId,
    runId: run.id,
    costMicros: aboveHoldMicros,
  })
  return []
}

/** The run stops, and what it used above its hold is booked at once: that money is spent and must not be held by others. */
function stopAboveHold(deciding: DecidingInProject, outlook: ReportOutlook, accounts: readonly RunAccount[]): void {
  const { run, reservation, aboveHoldMicros } = outlook
  stopRuns(deciding, [run], 'BUDGET')
  const moves = moneyMoves(accounts, { reserved: 0, settled: aboveHoldMicros })
  bookMoves(deciding, moves, { kind: 'SETTLE', reservationId: reservation.id })
  deciding.changes.update('reservation', reservation, { settledMicros: reservation.settledMicros + aboveHoldMicros })
  raiseBudgetAlerts(deciding, moves, { agentId: run.agentId, taskId: run.taskId, runId: run.id })
}

/** Books tokens and time; gives the accounts that are full now, as they stand. */
function meter(
  deciding: DecidingInProject,
  outlook: ReportOutlook,
  accounts: readonly RunAccount[],
): readonly RunAccount[] {
  const { run, reservation, added } = outlook
  const moves = meteredMoves(run, accounts, { addedTokens: added.tokens, untilAt: deciding.now })
  bookMoves(deciding, moves, { kind: 'SETTLE', reservationId: reservation.id })
  raiseBudgetAlerts(deciding, moves, { agentId: run.agentId, taskId: run.taskId, runId: run.id })
  const spent = spentByMoves(moves)
  if (spent.length > 0) stopRuns(deciding, [run], 'BUDGET')
  return spent
}
