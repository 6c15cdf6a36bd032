import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { isFinalExecution } from '../effects/held-execution.ts'
import { executionScope, releaseExecutor } from '../effects/route-execution.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import { hasPermission } from '../rules/permissions.ts'
import { inProject } from './inputs.ts'

/** Takes a request back before its end: by whoever asked, or by an operator. */
export const cancelExecution = projectCommand({
  name: 'executions.cancel',
  summary: 'Takes back a request that has not ended.',
  input: z.strictObject({ ...inProject, executionId: refSchema, reason: reasonSchema }),
  permission: null,
  whenContained: 'refused',
  scope: ({ projectId, executionId }) => executionScope(projectId, executionId),
  decide(deciding, { executionId, reason }) {
    const { principal, agent, changes } = deciding
    const { record: execution, problem } = own(deciding, 'execution', executionId)
    if (problem !== null) return refuse(problem)
    const isOperator = principal !== null && agent === null && hasPermission(principal, null, 'tasks.manage')
    if (principal !== null && principal.id !== execution.requestedBy && !isOperator) {
      return refuse(refusal('FORBIDDEN', 'whoever asked or an operator decides that'))
    }
    if (execution.status === 'CANCELED') return accept(execution)
    if (isFinalExecution(execution)) {
      return refuse(refusal('RUN_CLOSED', `${executionId} is ${execution.status}`, { status: execution.status }))
    }
    releaseExecutor(deciding, execution)
    const canceled = changes.update('execution', execution, { status: 'CANCELED', leaseUntil: null, pendingAt: null })
    changes.event('EXECUTION_STATUS', {
      subject: `execution/${executionId}`,
      summary: `${execution.type} taken back`,
      reason,
      data: { status: 'CANCELED' },
      taskId: execution.taskId,
      agentId: execution.agentId,
    })
    return accept(canceled)
  },
})
