import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Agent } from '../model/agent.ts'
import type { Review } from '../model/review.ts'
import type { Task } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import type { DisputeStep } from '../rules/dispute.ts'
import { ancestryOf, isLineKnown, isParty, isSameLine } from '../rules/parties.ts'
import { redactText } from '../rules/redaction.ts'
import { absenceScope, isLeftAlone } from './absent-reviewer.ts'
import { loopScope } from './contain-loop.ts'
import { notifyAgent } from './notify.ts'
import { notifyOperators } from './notify-operators.ts'
import { authorOf } from './request-completion.ts'
import { returnToAuthor } from './return-to-author.ts'
import { ancestryScope } from './task-scope.ts'

/** What a step of a dispute reads: the review, and all that moving its task may touch. */
export function disputeScope(projectId: string, reviewId: string, seen: Snapshot | null): Scope {
  const review = seen?.has('review', reviewId) === true ? seen.peek('review', reviewId) : null
  return joinScopes(
    { records: [{ kind: 'review', id: reviewId }] },
    ancestryScope(projectId),
    absenceScope(reviewId, seen),
    review === null ? {} : loopScope(projectId, review.taskId, seen),
  )
}

/** Why this agent is not independent of the two sides, or null. A human is a side only as the reviewer. */
export function sideProblem(deciding: DecidingInProject, review: Review, task: Task, agent: Agent): string | null {
  const agents = deciding.snapshot.find('agentsOfProject', deciding.project.id)
  const ancestry = ancestryOf(agents)
  const reviewer = agents.find(({ principalId }) => principalId === review.reviewer)
  const involved = [agent.id, ...task.assigneeIds, ...task.workedBy]
  if (!involved.every((id) => isLineKnown(id, ancestry))) return 'its spawn line cannot be told; a human decides'
  if (isParty(agent.id, task, ancestry)) return 'it is a party of the task'
  const isOfReviewer = reviewer !== undefined && isSameLine(agent.id, reviewer.id, ancestry)
  return isOfReviewer ? 'the dispute is its own, or of its spawn line' : null
}

/** Brings a dispute one step further, and everybody up to date who waits for it. */
export function stepDispute(
  deciding: DecidingInProject,
  found: Review,
  task: Task,
  step: DisputeStep & Partial<Pick<Review, 'evidence'>>,
  said: string,
): Review {
  const { changes, actor } = deciding
  const texts = { response: step.response, ...(step.evidence === undefined ? {} : { evidence: step.evidence }) }
  const clean = Object.fromEntries(
    Object.entries(texts).map(([field, text]) => [field, text === null ? null : redactText(text)]),
  )
  const cut = Object.entries(texts).flatMap(([field, text]) => (clean[field] === text ? [] : [field]))
  const review = changes.update('review', found, {
    ...step,
    ...clean,
    redactedFields: [...new Set([...found.redactedFields, ...cut])],
  })
  const isOver = review.status !== 'OPEN' && review.status !== 'ESCALATED'
  changes.event(isOver ? 'REVIEW_RESOLVED' : 'REVIEW_POSTED', {
    subject: `review/${review.id}`,
    summary: `${actor.name}: dispute ${review.status}, round ${review.round}: ${task.title}`,
    reason: said,
    data: { verb: review.verb, status: review.status, round: review.round, submission: review.submission },
    taskId: task.id,
    agentId: authorOf(task),
  })
  // Fences the list of the task's reviews: who moves the task without seeing this step looks again.
  changes.update('task', changes.current('task', task), {})
  tellSides(deciding, review, task, said)
  if (review.status === 'ESCALATED' || isLeftAlone(deciding, review, task)) escalate(deciding, review, task)
  if (review.status === 'ACCEPTED') returnToAuthor(deciding, task, { review, reason: said, capacity: 'SYSTEM' })
  return review
}

function tellSides(deciding: DecidingInProject, review: Review, task: Task, said: string): void {
  const reviewer = deciding.snapshot
    .find('agentsOfProject', deciding.project.id)
    .find(({ principalId }) => principalId === review.reviewer)
  const sides = [authorOf(task), reviewer?.id ?? null].filter((id) => id !== null)
  for (const agentId of sides) {
    notifyAgent(deciding, {
      agentId,
      type: 'REVIEW_POSTED',
      title: `Dispute ${review.status}, round ${review.round}: ${task.title}`,
      body: said,
      taskId: task.id,
    })
  }
}

/** Puts the dispute before the CAO; before the operators where she is a side, or not there. */
function escalate(deciding: DecidingInProject, review: Review, task: Task): void {
  const cao = deciding.snapshot.find('agentsOfProject', deciding.project.id).find(({ isCao }) => isCao) ?? null
  const isFree = cao !== null && cao.status === 'ACTIVE' && sideProblem(deciding, review, task, cao) === null
  const note = {
    type: 'REVIEW_POSTED',
    title: `To decide: a dispute about ${task.title}`,
    body: `${review.claim ?? review.summary}\nThe author: ${review.response ?? ''}`,
    taskId: task.id,
  } as const
  if (isFree) notifyAgent(deciding, { ...note, agentId: cao.id })
  else notifyOperators(deciding, note)
}
