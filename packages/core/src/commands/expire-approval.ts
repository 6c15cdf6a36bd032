import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { policyScope } from '../effects/policy-in-force.ts'
import { expireApproval as expire, settleScope } from '../effects/settle-approval.ts'
import { refSchema } from '../model/ids.ts'
import { hasExpired } from '../rules/approval.ts'
import { inProject } from './inputs.ts'

/** Ends a request that nobody decided in time. Early, late or twice, it does nothing else. */
export const expireApproval = projectCommand({
  name: 'approvals.expire',
  summary: 'Ends a request whose time is over; for the sweep.',
  input: z.strictObject({ ...inProject, approvalId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId, approvalId }, _caller, seen) =>
    joinScopes(policyScope(projectId), settleScope(projectId, approvalId, seen)),
  decide(deciding, { approvalId }) {
    const { record: approval, problem } = own(deciding, 'approval', approvalId)
    if (problem !== null) return refuse(problem)
    return accept(hasExpired(approval, deciding.now) ? expire(deciding, approval) : approval)
  },
})
