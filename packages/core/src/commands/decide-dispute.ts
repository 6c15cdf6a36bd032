import { z } from 'zod'
import {
  accept,
  type DecidingInProject,
  type Decision,
  projectCommand,
  refuse,
  refuseWithEffects,
} from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { isLeftAlone } from '../effects/absent-reviewer.ts'
import { disputeScope, sideProblem, stepDispute } from '../effects/resolve-dispute.ts'
import { writeMessage } from '../effects/write-message.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import type { Review } from '../model/review.ts'
import type { Task } from '../model/task.ts'
import { reasonSchema } from '../model/text.ts'
import { DISPUTE_VERDICTS } from '../rules/dispute.ts'
import { inProject } from './inputs.ts'

const STATUS = { UPHOLD: 'ACCEPTED', OVERRULE: 'REJECTED' } as const

/**
 * Ends a dispute that two rounds have not settled: UPHOLD returns the work as if its author had accepted, OVERRULE
 * dismisses the claim. So does one whose reviewer cannot come back to what the author answered. By the CAO, unless she is a side, or by a human.
 */
export const decideDispute = projectCommand({
  name: 'disputes.decide',
  summary: 'Decides an escalated dispute: UPHOLD or OVERRULE.',
  input: z.strictObject({
    ...inProject,
    reviewId: refSchema,
    verdict: z.enum(DISPUTE_VERDICTS),
    reason: reasonSchema,
  }),
  permission: 'disputes.decide',
  whenContained: 'refused',
  scope: ({ projectId, reviewId }, _caller, seen) => disputeScope(projectId, reviewId, seen),
  decide(deciding, { reviewId, verdict, reason }) {
    const { principal, agent } = deciding
    if (principal === null) return refuse(refusal('FORBIDDEN', 'the system decides on nothing'))
    const { record: review, problem } = own(deciding, 'review', reviewId)
    if (problem !== null) return refuse(problem)
    const { record: task, problem: unknown } = own(deciding, 'task', review.taskId)
    if (unknown !== null) return refuse(unknown)
    const isOwn = principal.id === review.reviewer ? 'nobody decides on an own review' : null
    const duty = isOwn ?? (agent === null ? null : sideProblem(deciding, review, task, agent))
    if (duty !== null) return refusedSide(deciding, review, task, duty)
    if (review.verb === 'REFUTE' && review.status === STATUS[verdict]) return accept(review)
    const isReady = review.status === 'ESCALATED' || isLeftAlone(deciding, review, task)
    if (!isReady || task.status !== 'REVIEW') {
      const state = isReady ? task.status : review.status
      return refuse(refusal('REVIEW_REFUSED', `${review.id} is not to be decided: it is ${state}`))
    }
    writeMessage(deciding, { taskId: task.id, type: 'DECISION', content: `${verdict}: ${reason}` })
    const step = { status: STATUS[verdict], round: review.round, response: review.response }
    return accept(stepDispute(deciding, review, task, step, reason))
  },
})

/** The attempt is recorded, so that a side that tries to decide for itself shows. */
function refusedSide(deciding: DecidingInProject, review: Review, task: Task, why: string): Decision<never> {
  const detail = `${deciding.actor.name} may not decide the dispute ${review.id}: ${why}`
  deciding.changes.event('POLICY_DECISION', {
    subject: `review/${review.id}`,
    summary: `Refused: ${detail}`,
    reason: why,
    data: { code: 'SEPARATION_OF_DUTIES', status: review.status },
    taskId: task.id,
  })
  return refuseWithEffects(refusal('SEPARATION_OF_DUTIES', detail))
}
