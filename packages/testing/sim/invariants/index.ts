import type { Coverage } from '../coverage.ts'
import { writtenOf } from '../mirror.ts'
import { watchAnswers } from './answers.ts'
import { watchApprovals } from './approvals.ts'
import { watchClaims } from './claims.ts'
import { watchCodes } from './codes.ts'
import { watchContainment } from './containment.ts'
import { watchDelivery } from './delivery.ts'
import { watchExecutions } from './executions.ts'
import { watchLog } from './log.ts'
import { watchMoney } from './money.ts'
import { watchMoves } from './moves.ts'
import type { Sight, Watch } from './watch.ts'

/** Everything that is looked after, as one. */
export function watchAll(sight: Sight, coverage: Coverage): Required<Watch> {
  const watches: readonly Watch[] = [
    watchMoves(sight),
    watchClaims(sight),
    watchContainment(sight),
    watchMoney(sight),
    watchApprovals(sight),
    watchLog(sight),
    watchAnswers(sight),
    watchExecutions(sight),
    watchCodes(sight),
    watchDelivery(sight),
  ]
  return {
    committed: (change) => {
      for (const { after } of writtenOf(change, 'transition')) coverage.moved(after.from, after.to)
      for (const watch of watches) watch.committed?.(change)
    },
    answered: (call, outcome) => {
      for (const watch of watches) watch.answered?.(call, outcome)
    },
  }
}
