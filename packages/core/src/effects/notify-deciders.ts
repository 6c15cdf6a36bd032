import type { DecidingInProject } from '../decide/command.ts'
import type { Approval } from '../model/approval.ts'
import type { Scope } from '../ports/storage.ts'
import { notifyAgent } from './notify.ts'
import { notifyOperators } from './notify-operators.ts'

/** Who is the CAO: an agent that may decide. A command that opens requests asks for it in its scope. */
export function caoScope(projectId: string): Scope {
  return { lookups: [{ lookup: 'caoOfProject', values: [projectId], limit: 1 }] }
}

/** Puts a request into the outbox of those who may decide it: the operators, and the CAO if it is not her own act. */
export function notifyDeciders(deciding: DecidingInProject, approval: Approval): void {
  const { project, snapshot } = deciding
  const note = {
    type: 'APPROVAL_REQUESTED',
    title: `${approval.riskLevel} ${approval.actionType}: ${approval.actionSummary}`,
    body: approval.justification,
    taskId: approval.taskId || null,
    approvalId: approval.id,
    runId: approval.runId,
  } as const
  notifyOperators(deciding, { ...note, agentId: approval.onBehalfOfAgentId })
  const cao = snapshot.hasLookup('caoOfProject', [project.id])
    ? snapshot.find('caoOfProject', project.id)[0]
    : undefined
  if (cao === undefined || cao.id === approval.onBehalfOfAgentId) return
  notifyAgent(deciding, { ...note, agentId: cao.id })
}
