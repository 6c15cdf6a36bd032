import type { DecidingInProject } from '../decide/command.ts'
import type { Review } from '../model/review.ts'
import type { Task } from '../model/task.ts'
import { loopSummary } from '../rules/review.ts'
import type { Capacity } from '../rules/task-lifecycle.ts'
import { asSystem } from './as-system.ts'
import { containLoop } from './contain-loop.ts'
import { judgeMove } from './judge-move.ts'
import { moveTask } from './move-task.ts'
import { authorOf } from './request-completion.ts'
import { reviewsOf } from './task-lists.ts'

/** Why and by whom the work goes back. */
export interface Return {
  readonly review: Review
  readonly reason: string
  /** REVIEWER for changes that were asked for, SYSTEM for a dispute that was lost. */
  readonly capacity: Extract<Capacity, 'REVIEWER' | 'SYSTEM'>
}

/**
 * Sends the work back to its author, one review cycle further. Once too often, the task is blocked instead, with what
 * went back and forth, for somebody to untie. What stopping a loop reads must be loaded.
 */
export function returnToAuthor(deciding: DecidingInProject, found: Task, { review, reason, capacity }: Return): void {
  const task = deciding.changes.current('task', found)
  const refused = judgeMove(deciding, { task, from: 'REVIEW', to: 'IN_PROGRESS', reason, capacities: [capacity] })
  if (refused !== null) blockLoop(deciding, task, review, reason)
  else moveTask(capacity === 'SYSTEM' ? asSystem(deciding) : deciding, { task, to: 'IN_PROGRESS', reason })
}

function blockLoop(deciding: DecidingInProject, task: Task, review: Review, reason: string): void {
  const { snapshot, project } = deciding
  const earlier = reviewsOf(deciding, task.id).filter(({ id }) => id !== review.id)
  const reviewer = snapshot
    .find('agentsOfProject', project.id)
    .find(({ principalId }) => principalId === review.reviewer)
  const detail = loopSummary(task, earlier, `${review.submission}. ${reason}`)
  const agentIds = [authorOf(task), reviewer?.id ?? null].filter((id) => id !== null)
  const count = task.reviewCycles + 1
  if (containLoop(deciding, task, { detector: 'REVIEW_PING_PONG', count, windowMs: null, detail, agentIds })) return
  // People know of a loop already, and of this task; it stops all the same.
  moveTask(asSystem(deciding), { task, to: 'BLOCKED', reason: detail, stopReason: 'LOOP' })
}
