import type { DecidingInProject } from '../decide/command.ts'
import type { Approval } from '../model/approval.ts'
import { escalationAt, escalationLevel, isUrgent } from '../rules/approval.ts'
import { eligibleAgents } from './deciders.ts'
import { isSecondOverride } from './grant-override.ts'
import { notifyAgent } from './notify.ts'
import { requestNote } from './notify-deciders.ts'
import { notifyOperators } from './notify-operators.ts'

/**
 * Tells the next ones of a request that still waits: first the CAO, then all operators. Where no CAO could decide it,
 * the operators hear of it the first time too, so that an escalation never reaches nobody.
 */
export function escalateApproval(deciding: DecidingInProject, found: Approval): Approval {
  const { changes, now } = deciding
  const level = escalationLevel(found, now)
  if (found.status !== 'PENDING' || level <= found.escalationLevel) return found
  const approval = changes.update('approval', found, {
    escalationLevel: level,
    escalatesAt: escalationAt(found, level + 1),
  })
  const urgent = isUrgent(approval, now)
  const cao = eligibleAgents(deciding, approval, isSecondOverride(deciding, approval)).find(({ isCao }) => isCao)
  const note = requestNote(approval, urgent ? 'Urgent: ' : 'Still waiting: ')
  // A sweep that comes late skips no one.
  const isToldNow = cao !== undefined && found.escalationLevel === 0
  if (isToldNow) notifyAgent(deciding, { ...note, agentId: cao.id })
  if (level === 2 || !isToldNow) notifyOperators(deciding, { ...note, agentId: approval.onBehalfOfAgentId })
  changes.event('APPROVAL_ESCALATED', {
    subject: `approval/${approval.id}`,
    summary: `Level ${level}${urgent ? ', urgent' : ''}: ${approval.actionSummary}`,
    data: { level, urgent, expiresAt: approval.expiresAt, caoId: isToldNow ? cao.id : null },
    taskId: approval.taskId || null,
    agentId: approval.onBehalfOfAgentId,
    runId: approval.runId,
  })
  return approval
}
