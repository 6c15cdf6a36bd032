import { z } from 'zod'
import { accept, type DecidingInProject, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { leaseProblem, own } from '../decide/own.ts'
import { livenessScope, renewLease } from '../effects/renew-lease.ts'
import { disputeScope, stepDispute } from '../effects/resolve-dispute.ts'
import { writeMessage } from '../effects/write-message.ts'
import { refSchema } from '../model/ids.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Review } from '../model/review.ts'
import type { Task } from '../model/task.ts'
import { reasonSchema, statementSchema } from '../model/text.ts'
import { answered, answerProblem, DISPUTE_ANSWERS, type DisputeSide, isAnswered } from '../rules/dispute.ts'
import { ancestryOf } from '../rules/parties.ts'
import { redactText } from '../rules/redaction.ts'
import { reviewProblem } from '../rules/review.ts'
import { epochInput, inProject } from './inputs.ts'

const input = z
  .strictObject({
    ...inProject,
    reviewId: refSchema,
    answer: z.enum(DISPUTE_ANSWERS),
    reason: reasonSchema.optional(),
    /** Of a reviewer who comes back: what the next round rests upon. */
    evidence: statementSchema.optional(),
    epoch: epochInput,
  })
  .superRefine(({ answer, reason, evidence }, context) => {
    if ((answer === 'REJECT' || answer === 'INSIST') && reason === undefined) {
      context.addIssue({ code: 'custom', path: ['reason'], message: `${answer} says why` })
    }
    if (answer !== 'INSIST' && evidence !== undefined) {
      context.addIssue({ code: 'custom', path: ['evidence'], message: 'only a reviewer who comes back brings some' })
    }
  })

/**
 * The next word in a dispute. The author of the work accepts or rejects a REFUTE; rejected, the reviewer closes it or
 * comes back once more. Rejected again, it is for the CAO or a human to decide.
 */
export const respondToReview = projectCommand({
  name: 'reviews.respond',
  summary: 'Answers in a dispute: ACCEPT or REJECT by the author, CLOSE or INSIST by the reviewer.',
  input,
  // Each side answers as such; a permission cannot tell which it is.
  permission: null,
  whenContained: 'refused',
  scope: ({ projectId, reviewId }, caller, seen) =>
    joinScopes(livenessScope(caller.agentId), disputeScope(projectId, reviewId, seen)),
  decide(deciding, { reviewId, answer, reason, evidence, epoch }) {
    const { record: review, problem } = own(deciding, 'review', reviewId)
    if (problem !== null) return refuse(problem)
    const { record: task, problem: unknown } = own(deciding, 'task', review.taskId)
    if (unknown !== null) return refuse(unknown)
    const side: DisputeSide = deciding.principal?.id === review.reviewer ? 'REVIEWER' : 'AUTHOR'
    const refused = side === 'AUTHOR' ? authorProblem(deciding, task, epoch) : reviewerProblem(deciding, review, task)
    if (refused !== null) return refuse(refused)
    const words = reason === undefined ? null : redactText(reason)
    if (isAnswered(review, answer, words)) return accept(review)
    const against = task.status === 'REVIEW' ? answerProblem(review, side, answer) : `${task.id} is ${task.status}`
    if (against !== null) return refuse(refusal('REVIEW_REFUSED', `${answer} of ${review.id}: ${against}`))
    const said = reason ?? (answer === 'ACCEPT' ? 'the author accepts' : 'the reviewer closes it')
    writeMessage(deciding, { taskId: task.id, type: 'REVIEW', content: spoken(answer, review, said, evidence) })
    const step = { ...answered(review, answer, reason ?? null), ...(evidence === undefined ? {} : { evidence }) }
    const stepped = stepDispute(deciding, review, task, step, said)
    renewLease(deciding, task)
    return accept(stepped)
  },
})

function spoken(answer: string, review: Review, said: string, evidence: string | undefined): string {
  const lines = [`${answer} (${review.claim ?? review.summary}): ${said}`]
  return [...lines, ...(evidence === undefined ? [] : [`Evidence: ${evidence}`])].join('\n')
}

/** Only who holds the work answers for it. */
function authorProblem(deciding: DecidingInProject, task: Task, epoch: number | undefined): Refusal | null {
  const { agent } = deciding
  const isWorker = agent !== null && (task.assigneeIds.includes(agent.id) || task.workedBy.includes(agent.id))
  if (!isWorker) return refusal('FORBIDDEN', 'the author and the reviewer answer in a dispute')
  return leaseProblem(deciding, task, epoch)
}

/** A reviewer that has become a party since is none any more. */
function reviewerProblem(deciding: DecidingInProject, review: Review, task: Task): Refusal | null {
  const ancestry = ancestryOf(deciding.snapshot.find('agentsOfProject', deciding.project.id))
  const reviewer = { principalId: review.reviewer, mayReview: true, agent: deciding.agent }
  const why = reviewProblem({ ...task, status: 'REVIEW' }, reviewer, ancestry)
  return why === null ? null : refusal('REVIEW_REFUSED', `${review.id}: ${why}`)
}
