import type { DecidingInProject } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Review } from '../model/review.ts'
import type { Task } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { sideToAnswer } from '../rules/dispute.ts'
import { isLive } from '../rules/keys.ts'
import { ancestryOf } from '../rules/parties.ts'
import { reviewProblem } from '../rules/review.ts'

const KEYS_MAX = 50

/** What telling whether a reviewer is still there reads. */
export function absenceScope(reviewId: string, seen: Snapshot | null): Scope {
  const review = seen?.has('review', reviewId) === true ? seen.peek('review', reviewId) : null
  if (review === null) return {}
  return {
    records: [{ kind: 'principal', id: review.reviewer }],
    lookups: [{ lookup: 'credentialsOfPrincipal', values: [review.reviewer], limit: KEYS_MAX }],
  }
}

/** Whether the reviewer of a dispute cannot answer in it any more: gone, shut out, or a party of the work since. */
function isAbsent(deciding: DecidingInProject, review: Review, task: Task): boolean {
  const { snapshot, project, now } = deciding
  const principal = snapshot.get('principal', review.reviewer)
  if (principal === null || principal.status !== 'ACTIVE') return true
  const agents = snapshot.find('agentsOfProject', project.id)
  const agent = agents.find(({ principalId }) => principalId === review.reviewer) ?? null
  if (agent !== null) snapshot.rely('agent', agent)
  if (agent !== null && (agent.retiredAt !== null || agent.status === 'QUARANTINED')) return true
  const keys = snapshot.find('credentialsOfPrincipal', review.reviewer)
  // Nobody with a door of the host's own has keys; whoever had some and has none left is shut out.
  const isShutOut = keys.length > 0 && keys.length < KEYS_MAX && !keys.some((key) => isLive(key, now))
  if (isShutOut) return true
  const reviewer = { principalId: review.reviewer, mayReview: true, agent }
  return reviewProblem({ ...task, status: 'REVIEW' }, reviewer, ancestryOf(agents)) !== null
}

/** Whether the author has answered a reviewer who cannot come back to it: without a decision the work would wait for ever. */
export function isLeftAlone(deciding: DecidingInProject, review: Review, task: Task): boolean {
  return sideToAnswer(review) === 'REVIEWER' && isAbsent(deciding, review, task)
}
