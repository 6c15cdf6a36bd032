import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { heldExecution, heldScope } from '../effects/held-execution.ts'
import { executionRules } from '../effects/route-execution.ts'
import { refSchema } from '../model/ids.ts'
import { inProject } from './inputs.ts'

/** Renews the lease of an executor on a request it works on. */
export const beatExecution = projectCommand({
  name: 'executions.heartbeat',
  summary: 'Renews the lease of an executor on a request.',
  input: z.strictObject({ ...inProject, executionId: refSchema, epoch: z.int().min(1) }),
  permission: null,
  whenContained: 'refused',
  scope: ({ projectId, executionId }, _caller, seen) => heldScope(projectId, executionId, seen),
  decide(deciding, { executionId, epoch }) {
    const { record: execution, problem } = heldExecution(deciding, executionId, epoch)
    if (problem !== null) return refuse(problem)
    const leaseUntil = deciding.now + (executionRules(deciding)?.leaseMs ?? 0)
    return accept(deciding.changes.update('execution', execution, { leaseUntil }))
  },
})
