import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { clearAlert } from '../effects/raise-alert.ts'
import { executionScope, routeExecution } from '../effects/route-execution.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import { inProject } from './inputs.ts'

/** Gives a dead letter all its tries again. What it asks for is what was allowed before, so nobody is asked anew. */
export const replayExecution = projectCommand({
  name: 'executions.replay',
  summary: 'Gives a dead letter all its tries again.',
  input: z.strictObject({ ...inProject, executionId: refSchema, reason: reasonSchema }),
  permission: 'tasks.manage',
  whenContained: 'refused',
  scope: ({ projectId, executionId }) => executionScope(projectId, executionId),
  decide(deciding, { executionId, reason }) {
    const { changes, now } = deciding
    const { record: execution, problem } = own(deciding, 'execution', executionId)
    if (problem !== null) return refuse(problem)
    if (!execution.deadLetter) {
      return refuse(refusal('RUN_CLOSED', `${executionId} is ${execution.status}`, { status: execution.status }))
    }
    clearAlert(deciding, `EXECUTION_DEAD_LETTER:${executionId}`, reason)
    const pending = changes.update('execution', execution, {
      status: 'PENDING',
      executorId: null,
      attempt: 0,
      pendingAt: now,
      deadLetter: false,
    })
    changes.event('EXECUTION_STATUS', {
      subject: `execution/${executionId}`,
      summary: `${execution.type} is tried again from the start`,
      reason,
      data: { status: 'PENDING', attempt: 0 },
      taskId: execution.taskId,
      agentId: execution.agentId,
    })
    return accept(routeExecution(deciding, pending))
  },
})
