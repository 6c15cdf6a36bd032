import type { DecidingInProject } from '../decide/command.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Task } from '../model/task.ts'
import { isGrantCurrent } from '../rules/approval.ts'
import type { Ancestry } from '../rules/parties.ts'
import { hasPermission } from '../rules/permissions.ts'
import { consumeGrant } from './consume-grant.ts'
import { recordVerdict } from './record-verdict.ts'
import { isOfDeliverable } from './release-task.ts'
import { requestCompletion } from './request-completion.ts'
import { approvalsOf } from './task-lists.ts'

export { completionScope } from './request-completion.ts'

/** Why this human may not accept the deliverable by an own act, or null. */
export function completionProblem(deciding: DecidingInProject, task: Task, _ancestry: Ancestry): Refusal | null {
  const { principal } = deciding
  if (principal === null || !hasPermission(principal, deciding.agent, 'approvals.decide')) {
    return refusal('FORBIDDEN', 'finishing a task gives its completion approval; that takes approvals.decide')
  }
  if (task.status === 'REVIEW' && unusedGrant(deciding, task) === null && isAskedBy(deciding, task, principal.id)) {
    return refusal('SEPARATION_OF_DUTIES', 'nobody decides on an own request')
  }
  return null
}

function completionsOf(deciding: DecidingInProject, task: Task) {
  return approvalsOf(deciding, task.id).filter((approval) => isOfDeliverable(approval, task))
}

function isAskedBy(deciding: DecidingInProject, task: Task, principalId: string): boolean {
  return completionsOf(deciding, task).some(
    ({ status, requesterId }) => status === 'PENDING' && requesterId === principalId,
  )
}

/** The permission to finish with exactly this deliverable, not used yet. */
function unusedGrant(deciding: DecidingInProject, task: Task) {
  return (
    completionsOf(deciding, task).find(
      (approval) => approval.usedAt === null && isGrantCurrent(approval, deciding.now),
    ) ?? null
  )
}

/**
 * Records that the human who finishes the task approves its deliverable, and uses that approval up. Uses the one that
 * is there if somebody gave it before. Gives its id for the transition; null when the task has no author to grant it to.
 */
export function approveCompletion(deciding: DecidingInProject, task: Task, note: string): string | null {
  const granted = unusedGrant(deciding, task)
  if (granted !== null) return consumeGrant(deciding, granted, `task/${task.id}`).id
  const request = requestCompletion(deciding, task, { justification: note, isDecidedAtOnce: true })
  if (request === null) return null
  const approval = recordVerdict(deciding, request, { verdict: 'APPROVE', reason: note, ancestry: new Map() })
  return approval.status === 'APPROVED' ? consumeGrant(deciding, approval, `task/${task.id}`).id : null
}

/** Uses up the completion grant that lets somebody else than a human finish the task; its id, or null if there is none. */
export function consumeCompletion(deciding: DecidingInProject, task: Task): string | null {
  const granted = unusedGrant(deciding, task)
  return granted === null ? null : consumeGrant(deciding, granted, `task/${task.id}`).id
}
