import type { DecidingInProject } from '../decide/command.ts'
import { invariant } from '../errors.ts'
import type { Reservation } from '../model/ledger.ts'
import { usdFromMicros } from '../model/money.ts'
import type { Run } from '../model/run.ts'
import { callHoldFields, holdNeededMicros, liveCallHolds } from '../rules/call-holds.ts'
import { countedMicros } from '../rules/pricing.ts'
import { bookMoves, moneyMoves } from './move-money.ts'
import { countsImputed, policyOfRun } from './price-lines.ts'
import { runAccountsSeen } from './run-scope.ts'

/**
 * Gives back what was held for calls that have been reported or that nobody will report any more, as far as the run
 * has not used it. A stopped run keeps what it holds to its end.
 */
export function releaseCallHolds(
  deciding: DecidingInProject,
  found: Run,
  foundReservation: Reservation,
  reportedCallIds: readonly string[],
): void {
  const { changes, now, snapshot } = deciding
  const reservation = changes.current('reservation', foundReservation)
  const run = changes.current('run', found)
  const holds = liveCallHolds(reservation, now, reportedCallIds)
  if (run.stopReason !== null || holds.length === reservation.callHolds.length) return
  const usedMicros = countedMicros(run, countsImputed(policyOfRun(snapshot, run)))
  const amountMicros = Math.min(reservation.amountMicros, holdNeededMicros(reservation.baseMicros, usedMicros, holds))
  const releasedMicros = reservation.amountMicros - amountMicros
  changes.update('reservation', reservation, { amountMicros, ...callHoldFields(holds) })
  if (releasedMicros > 0) {
    const accounts = runAccountsSeen(run, snapshot)
    invariant(accounts !== null, `the accounts of ${run.id} have been read`)
    const moves = moneyMoves(accounts, { reserved: -releasedMicros, settled: 0 })
    bookMoves(deciding, moves, { kind: 'RELEASE', reservationId: reservation.id })
  }
  changes.event('BUDGET_SETTLED', {
    subject: `reservation/${reservation.id}`,
    summary: `Released ${usdFromMicros(releasedMicros, 6)} USD held for calls`,
    data: { reservationId: reservation.id, releasedMicros, amountMicros },
    taskId: run.taskId,
    agentId: run.agentId,
    runId: run.id,
  })
}
