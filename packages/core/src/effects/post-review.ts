import type { DecidingInProject } from '../decide/command.ts'
import { type Principal, SYSTEM_ACTOR } from '../model/principal.ts'
import { type FieldError, type Refusal, refusal } from '../model/refusal.ts'
import type { Review, ReviewVerb } from '../model/review.ts'
import type { Task } from '../model/task.ts'
import { authorityProblem, dutyProblem } from '../rules/approval.ts'
import type { Ancestry } from '../rules/parties.ts'
import { hasPermission } from '../rules/permissions.ts'
import { initialStatus, isOpenDispute, type Verified, verificationErrors, verifiedChecklist } from '../rules/review.ts'
import { notifyAgent } from './notify.ts'
import { parkTask } from './open-approval.ts'
import { policyInForce } from './policy-in-force.ts'
import { recordVerdict } from './record-verdict.ts'
import { authorOf, requestCompletion } from './request-completion.ts'
import { returnToAuthor } from './return-to-author.ts'
import { writeMessage } from './write-message.ts'

/** A review as it will be stored, and what comes with it. */
export interface ReviewFacts {
  readonly review: Omit<Review, 'id' | 'version' | 'createdAt' | 'updatedAt'>
  readonly verified: readonly Verified[]
  readonly ancestry: Ancestry
}

/** The review and its task as the review leaves them. */
export interface Reviewed {
  readonly review: Review
  readonly task: Task
  /** The completion approval that an APPROVE opened. */
  readonly approvalId: string | null
}

/** Why the review cannot be posted as it is, or null: each verb has something to bring. */
export function verbProblem(task: Task, reviews: readonly Review[], { review, verified }: ReviewFacts): Refusal | null {
  if (review.verb !== 'APPROVE') return null
  if (reviews.some(isOpenDispute)) return refusal('REVIEW_REFUSED', `a dispute about ${task.id} is open`)
  const errors: FieldError[] = verificationErrors(task.type, verified)
  return errors.length === 0 ? null : refusal('VALIDATION', 'reviews.post: the input is not valid', { errors })
}

/** Writes a review, its message in the thread, and what the verb does to the task. */
export function postReview(deciding: DecidingInProject, task: Task, facts: ReviewFacts): Reviewed {
  const { changes, actor } = deciding
  const review = changes.insert('review', { ...facts.review, status: initialStatus(facts.review.verb) })
  changes.event('REVIEW_POSTED', {
    subject: `review/${review.id}`,
    summary: `${actor.name}: ${review.verb} on ${task.title}`,
    reason: review.summary,
    data: {
      verb: review.verb,
      submission: review.submission,
      deliverableHash: review.deliverableHash,
      items: review.items.length,
    },
    taskId: task.id,
    agentId: authorOf(task),
  })
  writeMessage(deciding, { taskId: task.id, type: 'REVIEW', content: describeReview(review, facts.verified) })
  // Fences the list of the task's reviews: who moves the task without seeing this one looks again.
  changes.update('task', task, {})
  const author = authorOf(task)
  if (author !== null) {
    const title = `${review.verb} on ${task.title}`
    notifyAgent(deciding, { agentId: author, type: 'REVIEW_POSTED', title, body: review.summary, taskId: task.id })
  }
  const approvalId = EFFECTS[review.verb]?.(deciding, task, review, facts) ?? null
  return { review: changes.current('review', review), task: changes.current('task', task), approvalId }
}

function describeReview(review: Review, verified: readonly Verified[]): string {
  return [
    `${review.verb}${review.score === null ? '' : ` (${review.score}/10)`}: ${review.summary}`,
    ...review.items.map(
      ({ file, lineNumber, change }) => `- ${file}${lineNumber === null ? '' : `:${lineNumber}`}: ${change}`,
    ),
    ...(review.claim === null ? [] : [`Claim (${review.severity}): ${review.claim}`, `Evidence: ${review.evidence}`]),
    ...verified.flatMap(({ key, checked, note }) =>
      (note ?? '') === '' ? [] : [`- ${key}${checked ? '' : ' (not verified)'}: ${note}`],
    ),
  ].join('\n')
}

type VerbEffect = (deciding: DecidingInProject, task: Task, review: Review, facts: ReviewFacts) => string | null

/** Changes asked for return the task to its author. */
const returnForChanges: VerbEffect = (deciding, task, review) => {
  returnToAuthor(deciding, task, { review, reason: review.summary, capacity: 'REVIEWER' })
  return null
}

/** An approving review asks for the completion of this very deliverable; where the policy lets it, it also gives it. */
const askForCompletion: VerbEffect = (deciding, task, review, { verified, ancestry }) => {
  const { changes, principal, now } = deciding
  const checklist = verifiedChecklist(task.checklist, verified, review.reviewer, now)
  const current = changes.update('task', changes.current('task', task), { checklist })
  const suffices = principal !== null && reviewerDecides(deciding, current, principal, ancestry)
  const request = requestCompletion(deciding, current, { justification: review.summary, isDecidedAtOnce: suffices })
  if (request === null) return null
  parkTask(deciding, current, request)
  if (suffices) recordVerdict(deciding, request, { verdict: 'APPROVE', reason: review.summary, ancestry })
  return request.id
}

/** Whether the word of this reviewer is enough: the policy says so, and it may decide on completions. */
function reviewerDecides(deciding: DecidingInProject, task: Task, principal: Principal, ancestry: Ancestry): boolean {
  const { agent } = deciding
  const author = authorOf(task)
  const rules = policyInForce(deciding, { taskType: task.type, agentId: author })?.rules ?? null
  if (rules?.reviewerApprovalSuffices !== true) return false
  const question = {
    approval: {
      requesterId: SYSTEM_ACTOR.id,
      onBehalfOfAgentId: author,
      actionType: 'COMPLETE_TASK',
      riskLevel: 'YELLOW',
      requiredDecisions: 1,
    },
    requesterAgentId: null,
    task,
    decider: { principalId: principal.id, mayDecide: hasPermission(principal, agent, 'approvals.decide'), agent },
    verdict: 'APPROVE',
    rules,
    ancestry,
    isSecondOverride: false,
  } as const
  return dutyProblem(question) === null && authorityProblem(question) === null
}

const EFFECTS: Readonly<Partial<Record<ReviewVerb, VerbEffect>>> = {
  CHANGESET: returnForChanges,
  APPROVE: askForCompletion,
}
