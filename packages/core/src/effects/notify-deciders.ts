import type { DecidingInProject } from '../decide/command.ts'
import type { Approval } from '../model/approval.ts'
import { eligibleAgents } from './deciders.ts'
import { notifyAgent } from './notify.ts'
import { notifyOperators } from './notify-operators.ts'

/** What a person, or an agent that may decide, reads of a request. */
export function requestNote(approval: Approval, prefix = '') {
  return {
    type: 'APPROVAL_REQUESTED',
    title: `${prefix}${approval.riskLevel} ${approval.actionType}: ${approval.actionSummary}`,
    body: approval.justification,
    taskId: approval.taskId || null,
    approvalId: approval.id,
    runId: approval.runId,
  } as const
}

/** Puts a request into the outbox of those who may decide it: the operators, the CAO, and LEADs where they may. */
export function notifyDeciders(deciding: DecidingInProject, approval: Approval): void {
  const note = requestNote(approval)
  notifyOperators(deciding, { ...note, agentId: approval.onBehalfOfAgentId })
  for (const { id } of eligibleAgents(deciding, approval)) notifyAgent(deciding, { ...note, agentId: id })
}
