import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { alertUnrouted, executionScope, retryExecution, routeExecution } from '../effects/route-execution.ts'
import { refSchema } from '../model/ids.ts'
import { inProject } from './inputs.ts'

/**
 * Moves a request on by the clock: a pending one to an executor that can take it by now, or to the attention of people
 * when nobody has for too long; one whose executor fell silent to the next try. Before its time it changes nothing.
 */
export const settleExecution = projectCommand({
  name: 'executions.settle',
  summary: 'Routes a pending request, and takes one back from an executor that fell silent.',
  input: z.strictObject({ ...inProject, executionId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId, executionId }) => executionScope(projectId, executionId),
  decide(deciding, { executionId }) {
    const { record: execution, problem } = own(deciding, 'execution', executionId)
    if (problem !== null) return refuse(problem)
    if (execution.leaseUntil !== null && execution.leaseUntil <= deciding.now) {
      return accept(retryExecution(deciding, execution, 'the executor fell silent'))
    }
    if (execution.status !== 'PENDING') return accept(execution)
    const routed = routeExecution(deciding, execution)
    if (routed.status === 'PENDING') alertUnrouted(deciding, routed)
    return accept(routed)
  },
})
