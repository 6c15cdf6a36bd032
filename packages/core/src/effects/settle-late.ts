import type { DecidingInProject } from '../decide/command.ts'
import { invariant } from '../errors.ts'
import { usdFromMicros } from '../model/money.ts'
import type { Run } from '../model/run.ts'
import { raiseBudgetAlerts } from './budget-alerts.ts'
import { lateMoves } from './metered-use.ts'
import { bookMoves } from './move-money.ts'
import { recordUsage } from './record-usage.ts'
import type { ReportOutlook } from './run-report.ts'
import { runAccountsSeen } from './run-scope.ts'

/**
 * Books usage that is reported after its run has ended, in the windows of its start. The run stays as it ended and
 * no task moves: it is money that was spent, and nothing else.
 */
export function settleLate(
  deciding: DecidingInProject,
  run: Run,
  outlook: Pick<ReportOutlook, 'lines' | 'added'>,
): Run {
  const { changes, snapshot } = deciding
  if (outlook.lines.length === 0) return run
  const used = recordUsage(deciding, run, outlook.lines)
  const { micros: addedMicros } = outlook.added
  const accounts = runAccountsSeen(run, snapshot)
  const reservation = snapshot.get('reservation', run.reservationId)
  invariant(accounts !== null && reservation !== null, `the hold and the accounts of ${run.id} have been read`)
  const moves = lateMoves(run, accounts, outlook.added)
  const about = { agentId: run.agentId, taskId: run.taskId, runId: run.id }
  bookMoves(deciding, moves, { kind: 'SETTLE', reservationId: reservation.id })
  raiseBudgetAlerts(deciding, moves, about)
  if (addedMicros === 0) return used
  changes.update('reservation', reservation, {
    status: 'SETTLED',
    settledMicros: reservation.settledMicros + addedMicros,
  })
  changes.event('BUDGET_SETTLED', {
    subject: `reservation/${reservation.id}`,
    summary: `Settled late usage of ${usdFromMicros(addedMicros, 6)} USD`,
    data: { reservationId: reservation.id, settledMicros: addedMicros, isLate: true },
    ...about,
    costMicros: addedMicros,
  })
  return used
}
