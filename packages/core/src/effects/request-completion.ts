import type { DecidingInProject } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Approval } from '../model/approval.ts'
import type { Task } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { completionPayload, payloadHash } from '../rules/payload-hash.ts'
import { approvalScope, openApproval } from './open-approval.ts'

/** Whose work the task is: its holder, or who worked on it last. */
export function authorOf(task: Pick<Task, 'claim' | 'workedBy' | 'assigneeIds'>): string | null {
  return task.claim?.agentId ?? task.workedBy.at(-1) ?? task.assigneeIds[0] ?? null
}

/** What asking for the completion of a task has to read: the equal request, if there is one. */
export function completionScope(projectId: string, taskId: string, seen: Snapshot | null): Scope {
  const task = seen?.has('task', taskId) === true ? seen.peek('task', taskId) : null
  const agentId = task === null ? null : authorOf(task)
  if (task === null || agentId === null) return {}
  const payload = completionPayload(task)
  return approvalScope(projectId, payloadHash({ projectId, agentId, taskId, actionType: 'COMPLETE_TASK', payload }))
}

/**
 * Asks, in the name of the system and for the author, that this very deliverable be accepted. Null when nobody ever
 * worked on the task. Parking the task is for the caller.
 */
export function requestCompletion(
  deciding: DecidingInProject,
  task: Task,
  { justification, isDecidedAtOnce }: { justification: string; isDecidedAtOnce: boolean },
): Approval | null {
  const agentId = authorOf(task)
  if (agentId === null) return null
  return openApproval(deciding, {
    actionType: 'COMPLETE_TASK',
    riskLevel: 'YELLOW',
    actionSummary: `Complete: ${task.title}`,
    justification,
    payload: completionPayload(task),
    agentId,
    taskId: task.id,
    taskEpoch: task.epoch,
    bySystem: true,
    isDecidedAtOnce,
  })
}
