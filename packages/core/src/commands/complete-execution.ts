import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { chargeScope, chargeTask } from '../effects/charge-task.ts'
import { heldExecution, heldScope } from '../effects/held-execution.ts'
import { releaseExecutor, tellRequester } from '../effects/route-execution.ts'
import { refSchema } from '../model/ids.ts'
import { microsSchema } from '../model/money.ts'
import { CONTENT_BYTES_MAX, jsonSchema } from '../model/text.ts'
import type { Scope } from '../ports/storage.ts'
import { redactJson } from '../rules/redaction.ts'
import { inProject } from './inputs.ts'

const input = z.strictObject({
  ...inProject,
  executionId: refSchema,
  epoch: z.int().min(1),
  result: jsonSchema(CONTENT_BYTES_MAX).optional(),
  costMicros: microsSchema.optional(),
})

function costScope(given: z.infer<typeof input>, seen: Snapshot | null): Scope {
  const { projectId, executionId, costMicros = 0 } = given
  const execution = seen?.has('execution', executionId) === true ? seen.peek('execution', executionId) : null
  const { agentId = null, taskId = null } = execution ?? {}
  if (seen === null || costMicros === 0 || agentId === null || taskId === null) return {}
  const task: Scope = { records: [{ kind: 'task', id: taskId }] }
  return joinScopes(task, chargeScope({ projectId, agentId, taskId }, costMicros, seen))
}

/**
 * Reports that a request was carried out, with what came of it and what it cost. Only the lease holder reports, once.
 * The task of the request goes on only by its own commands.
 */
export const completeExecution = projectCommand({
  name: 'executions.complete',
  summary: 'Reports that a request was carried out.',
  input,
  permission: null,
  whenContained: 'refused',
  scope: (given, _caller, seen) =>
    joinScopes(heldScope(given.projectId, given.executionId, seen), costScope(given, seen)),
  decide(deciding, { executionId, epoch, result, costMicros }) {
    const { changes, snapshot } = deciding
    const { record: execution, problem } = heldExecution(deciding, executionId, epoch)
    if (problem !== null) return refuse(problem)
    releaseExecutor(deciding, execution)
    const clean = redactJson(result ?? null)
    const completed = changes.update('execution', execution, {
      status: 'COMPLETED',
      leaseUntil: null,
      result: clean.value,
      costMicros: costMicros ?? null,
      redactedFields: [...execution.redactedFields, ...clean.redactedFields.map((field) => `result.${field}`)],
    })
    changes.event('EXECUTION_COMPLETED', {
      subject: `execution/${executionId}`,
      summary: `${execution.type} carried out`,
      data: { attempt: execution.attempt, costMicros: costMicros ?? null },
      taskId: execution.taskId,
      agentId: execution.agentId,
      costMicros: costMicros ?? null,
    })
    const { agentId, taskId } = execution
    if (costMicros !== undefined && costMicros > 0 && agentId !== null && taskId !== null) {
      const task = snapshot.get('task', taskId)
      const agent = snapshot.get('agent', agentId)
      if (task !== null && agent !== null) chargeTask(deciding, task, agent, costMicros)
    }
    tellRequester(deciding, completed, `${execution.type} was carried out`)
    return accept(completed)
  },
})
