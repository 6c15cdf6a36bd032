import type { DecidingInProject } from '../decide/command.ts'
import type { Approval } from '../model/approval.ts'
import type { Task } from '../model/task.ts'
import { isGrantCurrent } from '../rules/approval.ts'
import { completionPayload, payloadHash } from '../rules/payload-hash.ts'
import { asSystem } from './as-system.ts'
import { consumeGrant } from './consume-grant.ts'
import { judgeMove } from './judge-move.ts'
import { moveTask } from './move-task.ts'
import { policyInForce } from './policy-in-force.ts'
import { retireSubAgents } from './retire-agent.ts'

/**
 * Moves a task on whose approval has just been decided. Only a task that waits for it moves: a BLOCKED or ended
 * task stays, whatever is decided. One denial or expiry blocks; a yes or a withdrawal returns it once nothing is pending.
 */
export function releaseTask(deciding: DecidingInProject, found: Task, approval: Approval, reason: string): void {
  const { changes } = deciding
  const task = changes.current('task', found)
  if (task.status !== 'NEEDS_APPROVAL' || !task.waitingFor.includes(approval.id)) return
  const rules = policyInForce(deciding, { taskType: task.type, agentId: approval.onBehalfOfAgentId })?.rules ?? null
  const isNo = approval.status === 'EXPIRED' || (approval.status === 'DENIED' && rules?.onDeny !== 'RETURN')
  if (isNo) {
    moveTask(asSystem(deciding), { task, to: 'BLOCKED', reason, approvalId: approval.id })
    return
  }
  if (isAnyPending(deciding, task, approval.id)) return
  if (approval.actionType === 'COMPLETE_TASK' && approval.status === 'APPROVED') {
    if (finishTask(deciding, task, approval, reason)) return
  }
  moveTask(asSystem(deciding), { task, to: task.returnStatus ?? 'INBOX', reason, approvalId: approval.id })
}

/** Whether the task still waits for a decision. Each answer is relied upon, so that two last decisions cannot pass each other. */
export function isAnyPending(
  { snapshot, changes }: DecidingInProject,
  task: Task,
  exceptId: string | null = null,
): boolean {
  return task.waitingFor.some((id) => {
    if (id === exceptId) return false
    if (!snapshot.has('approval', id)) return true
    const approval = snapshot.get('approval', id)
    return approval !== null && changes.current('approval', approval).status === 'PENDING'
  })
}

/** Whether the approval is for the deliverable that the task has now. */
export function isOfDeliverable(approval: Approval, task: Task): boolean {
  const { projectId, onBehalfOfAgentId: agentId } = approval
  if (agentId === null || approval.taskId !== task.id || approval.actionType !== 'COMPLETE_TASK') return false
  const payload = completionPayload(task)
  return (
    approval.payloadHash === payloadHash({ projectId, agentId, taskId: task.id, actionType: 'COMPLETE_TASK', payload })
  )
}

/** Finishes the task with the grant of this decision, if every guard of DONE holds; else nothing. */
function finishTask(deciding: DecidingInProject, task: Task, approval: Approval, reason: string): boolean {
  if (!isOfDeliverable(approval, task) || !isGrantCurrent(approval, deciding.now)) return false
  const refused = judgeMove(deciding, {
    task,
    from: 'NEEDS_APPROVAL',
    to: 'DONE',
    reason,
    capacities: ['SYSTEM'],
    completionApproved: true,
  })
  if (refused !== null) return false
  consumeGrant(deciding, approval, `task/${task.id}`)
  moveTask(asSystem(deciding), { task, to: 'DONE', reason, approvalId: approval.id })
  retireSubAgents(deciding, task)
  return true
}
