import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { policyScope } from '../effects/policy-in-force.ts'
import { settleApproval, settleScope } from '../effects/settle-approval.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import { hasExpired } from '../rules/approval.ts'
import { hasPermission } from '../rules/permissions.ts'
import { inProject } from './inputs.ts'

/** Withdraws a pending request: who asked, or an operator. Its task goes on where it was, without a permission. */
export const cancelApproval = projectCommand({
  name: 'approvals.cancel',
  summary: 'Withdraws a pending request.',
  input: z.strictObject({ ...inProject, approvalId: refSchema, reason: reasonSchema.optional() }),
  permission: null,
  whenContained: 'refused',
  scope: ({ projectId, approvalId }, _caller, seen) =>
    joinScopes(policyScope(projectId), settleScope(projectId, approvalId, seen)),
  decide(deciding, { approvalId, reason }) {
    const { principal, now } = deciding
    const { record: approval, problem } = own(deciding, 'approval', approvalId)
    if (problem !== null) return refuse(problem)
    const isOperator = principal?.kind === 'HUMAN' && hasPermission(principal, null, 'approvals.decide')
    if (principal !== null && principal.id !== approval.requesterId && !isOperator) {
      return refuse(refusal('FORBIDDEN', 'only who asked, or an operator, withdraws a request'))
    }
    if (approval.status === 'CANCELED') return accept(approval)
    if (hasExpired(approval, now))
      return refuse(refusal('APPROVAL_EXPIRED', `${approval.id} expired`, { status: 'EXPIRED' }))
    if (approval.status !== 'PENDING') {
      return refuse(refusal('ALREADY_DECIDED', `${approval.id} is ${approval.status}`, { status: approval.status }))
    }
    return accept(
      settleApproval(deciding, approval, {
        status: 'CANCELED',
        reason: reason ?? `withdrawn by ${deciding.actor.name}`,
      }),
    )
  },
})
