import type { Task } from '@mission-control/core'
import type { Mirror } from '../mirror.ts'
import { rulesOf } from './rules-in-force.ts'

/** What is missing for a task to be DONE: an approval of this very deliverable, given by nobody who worked on it. */
export function completionOf(mirror: Mirror, task: Task): string | null {
  const disputed = mirror
    .all('review')
    .filter(
      ({ taskId, verb, status }) =>
        taskId === task.id && verb === 'REFUTE' && (status === 'OPEN' || status === 'ESCALATED'),
    )
  if (disputed.length > 0) return `${task.id} is DONE although ${disputed[0]?.id} disputes it`
  const used = mirror
    .all('approval')
    .filter(
      (approval) =>
        approval.taskId === task.id &&
        approval.actionType === 'COMPLETE_TASK' &&
        approval.status === 'APPROVED' &&
        approval.usedAt !== null &&
        isOf(approval.payload, task),
    )
  if (used.length === 0) {
    return rulesOf(mirror, task.projectId).reviewToDoneRequiresApproval
      ? `${task.id} is DONE without an approval of its deliverable`
      : null
  }
  const workers = new Set([...task.workedBy, ...task.assigneeIds])
  const parties = mirror.all('principal').filter(({ agentId }) => agentId !== null && workers.has(agentId))
  const deciders = used.flatMap(({ decisions }) => decisions.map(({ principalId }) => principalId))
  const own = parties.find(({ id }) => deciders.includes(id))
  return own === undefined ? null : `${own.displayName} worked on ${task.id} and approved it`
}

function isOf(payload: unknown, task: Task): boolean {
  const { submission, deliverableHash } = payload as { submission?: number; deliverableHash?: string }
  return submission === task.submission && deliverableHash === task.deliverable?.hash
}
