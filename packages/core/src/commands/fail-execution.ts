import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { heldExecution, heldScope } from '../effects/held-execution.ts'
import { retryExecution } from '../effects/route-execution.ts'
import { refSchema } from '../model/ids.ts'
import { reasonSchema } from '../model/text.ts'
import { redactText } from '../rules/redaction.ts'
import { inProject } from './inputs.ts'

/** Reports that a request could not be carried out. It is tried again, and is a dead letter after the last try. */
export const failExecution = projectCommand({
  name: 'executions.fail',
  summary: 'Reports that a request could not be carried out.',
  input: z.strictObject({ ...inProject, executionId: refSchema, epoch: z.int().min(1), error: reasonSchema }),
  permission: null,
  whenContained: 'refused',
  scope: ({ projectId, executionId }, _caller, seen) => heldScope(projectId, executionId, seen),
  decide(deciding, { executionId, epoch, error }) {
    const { record: execution, problem } = heldExecution(deciding, executionId, epoch)
    if (problem !== null) return refuse(problem)
    return accept(retryExecution(deciding, execution, redactText(error)))
  },
})
