import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { heldExecution, heldScope } from '../effects/held-execution.ts'
import { executionRules } from '../effects/route-execution.ts'
import { refSchema } from '../model/ids.ts'
import { inProject } from './inputs.ts'

const input = z.strictObject({ ...inProject, executionId: refSchema, epoch: z.int().min(1) })

/** The executor that was given a request begins with it. Twice is once. */
export const startExecution = projectCommand({
  name: 'executions.start',
  summary: 'Begins a request that this executor was given.',
  input,
  permission: null,
  whenContained: 'refused',
  scope: ({ projectId, executionId }, _caller, seen) => heldScope(projectId, executionId, seen),
  decide(deciding, { executionId, epoch }) {
    const { record: execution, problem } = heldExecution(deciding, executionId, epoch)
    if (problem !== null) return refuse(problem)
    if (execution.status === 'IN_PROGRESS') return accept(execution)
    const leaseMs = executionRules(deciding)?.leaseMs ?? 0
    const started = deciding.changes.update('execution', execution, {
      status: 'IN_PROGRESS',
      leaseUntil: deciding.now + leaseMs,
    })
    deciding.changes.event('EXECUTION_STATUS', {
      subject: `execution/${executionId}`,
      summary: `${execution.type} begun`,
      data: { status: 'IN_PROGRESS', attempt: execution.attempt },
      taskId: execution.taskId,
      agentId: execution.agentId,
    })
    return accept(started)
  },
})
