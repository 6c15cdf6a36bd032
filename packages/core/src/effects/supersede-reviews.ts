import type { DecidingInProject } from '../decide/command.ts'
import type { Task } from '../model/task.ts'
import { reviewsOf } from './task-lists.ts'
import { voidCompletion } from './void-completion.ts'

/**
 * Sets the reviews of earlier submissions aside when a new one is handed in: what was open is SUPERSEDED, and what was
 * approved counts no longer. Praise and resolved changes stay as they ended.
 */
export function supersedeReviews(deciding: DecidingInProject, task: Task): void {
  for (const review of reviewsOf(deciding, task.id)) {
    const isOpen = review.status === 'OPEN' || review.status === 'ESCALATED'
    const isApproval = review.verb === 'APPROVE' && review.status === 'CLOSED'
    if (isOpen || isApproval) deciding.changes.update('review', review, { status: 'SUPERSEDED' })
  }
  voidCompletion(deciding, task, 'a new submission was handed in')
}
