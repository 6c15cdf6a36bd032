import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { overrideOf } from '../effects/adjust-budget.ts'
import { settleApproval, settleScope } from '../effects/settle-approval.ts'
import { refSchema } from '../model/ids.ts'
import { isOver } from '../rules/windows.ts'
import { inProject } from './inputs.ts'

/**
 * Withdraws a request to extend an account whose window has ended: nobody can spend there any more, and what waited
 * for it goes on with the window of now.
 */
export const closeOverride = projectCommand({
  name: 'approvals.closeOverride',
  summary: 'Withdraws a pending budget override whose window has ended.',
  input: z.strictObject({ ...inProject, approvalId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId, approvalId }, _caller, seen) => settleScope(projectId, approvalId, seen),
  decide(deciding, { approvalId }) {
    const { record: approval, problem } = own(deciding, 'approval', approvalId)
    if (problem !== null) return refuse(problem)
    const key = overrideOf(approval)?.key
    if (key === undefined || approval.status !== 'PENDING' || !isOver(key, deciding.now, deciding.project.timeZone)) {
      return accept({ approval })
    }
    return accept({
      approval: settleApproval(deciding, approval, {
        status: 'CANCELED',
        reason: 'the window of the budget has ended',
      }),
    })
  },
})
