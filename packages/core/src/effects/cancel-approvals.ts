import type { DecidingInProject } from '../decide/command.ts'
import type { Approval } from '../model/approval.ts'
import { notifyAgent } from './notify.ts'

/** Withdraws pending approvals and voids unused grants; who asked is told. Tasks are not moved here. */
export function cancelApprovals(deciding: DecidingInProject, approvals: readonly Approval[], reason: string): void {
  const { changes, now } = deciding
  for (const found of approvals) {
    const approval = changes.current('approval', found)
    if (approval.status === 'APPROVED' && approval.usedAt === null) {
      // The decision stands in the record; what it allowed is gone.
      changes.update('approval', approval, { grantExpiresAt: now })
      continue
    }
    if (approval.status !== 'PENDING') continue
    changes.update('approval', approval, { status: 'CANCELED', decidedAt: now })
    changes.event('APPROVAL_CANCELED', {
      subject: `approval/${approval.id}`,
      summary: `Approval withdrawn: ${approval.actionSummary}`,
      reason,
      taskId: approval.taskId || null,
      agentId: approval.onBehalfOfAgentId,
    })
    if (approval.onBehalfOfAgentId !== null) {
      notifyAgent(deciding, {
        agentId: approval.onBehalfOfAgentId,
        type: 'APPROVAL_DECIDED',
        title: `CANCELED: ${approval.actionSummary}`,
        body: reason,
        taskId: approval.taskId || null,
        approvalId: approval.id,
      })
    }
  }
}
