import { z } from 'zod'
import { projectCommand } from '../decide/command.ts'
import { passVerdict, verdictScope } from '../effects/pass-verdict.ts'
import { refSchema } from '../model/ids.ts'
import { microsSchema } from '../model/money.ts'
import { reasonSchema } from '../model/text.ts'
import { inProject, verdictInput } from './inputs.ts'

/** Decides on a request. */
export const decideApproval = projectCommand({
  name: 'approvals.decide',
  summary: 'Approves or denies a pending request.',
  input: z.strictObject({
    ...inProject,
    approvalId: refSchema,
    verdict: verdictInput,
    reason: reasonSchema.optional(),
    /** Of an override: less than was asked for. */
    amountMicros: microsSchema.optional(),
  }),
  // A LEAD may decide where the policy says so; the rules of approvals look closer than a permission can.
  permission: null,
  whenContained: 'refused',
  scope: ({ projectId, approvalId }, _caller, seen) => verdictScope(projectId, approvalId, seen),
  decide: passVerdict,
})
