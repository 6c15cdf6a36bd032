import { z } from 'zod'
import { accept, type DecidingInProject, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { loopScope } from '../effects/contain-loop.ts'
import { postReview as post, type Reviewed, type ReviewFacts, verbProblem } from '../effects/post-review.ts'
import { completionScope } from '../effects/request-completion.ts'
import { reviewsOf } from '../effects/task-lists.ts'
import { ancestryScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import type { Principal } from '../model/principal.ts'
import { refusal } from '../model/refusal.ts'
import { REVIEW_VERBS, type Review } from '../model/review.ts'
import type { Task } from '../model/task.ts'
import { nameSchema, statementSchema, storedText } from '../model/text.ts'
import { ancestryOf } from '../rules/parties.ts'
import { hasPermission } from '../rules/permissions.ts'
import { redactText } from '../rules/redaction.ts'
import { initialStatus, reviewContentHash, reviewProblem } from '../rules/review.ts'
import { inProject } from './inputs.ts'

const item = z.strictObject({
  file: nameSchema(1000),
  change: statementSchema,
  lineNumber: z.int().min(1).optional(),
})

const fields = z.strictObject({
  ...inProject,
  taskId: refSchema,
  verb: z.enum(REVIEW_VERBS),
  summary: statementSchema,
  score: z.int().min(1).max(10).optional(),
  items: z.array(item).max(100).optional(),
  claim: statementSchema.optional(),
  evidence: statementSchema.optional(),
  severity: z.enum(['MINOR', 'MAJOR', 'CRITICAL']).optional(),
  verified: z
    .array(
      z.strictObject({ key: z.string().min(1).max(64), checked: z.boolean(), note: storedText.max(500).optional() }),
    )
    .max(20)
    .optional(),
})
type Given = z.infer<typeof fields>

/** What belongs to which verb; anything else in a review is a mistake. */
const NEEDED = {
  PRAISE: [],
  REFUTE: ['claim', 'evidence', 'severity'],
  CHANGESET: ['items'],
  APPROVE: ['verified'],
} as const
const ALLOWED = { ...NEEDED, PRAISE: ['score'] } as const
const OPTIONAL_FIELDS = ['score', 'items', 'claim', 'evidence', 'severity', 'verified'] as const

const input = fields.superRefine((review, context) => {
  const needed: readonly string[] = NEEDED[review.verb]
  const allowed: readonly string[] = ALLOWED[review.verb]
  for (const field of OPTIONAL_FIELDS) {
    if (review[field] === undefined && needed.includes(field)) {
      context.addIssue({ code: 'custom', path: [field], message: `${review.verb} needs it` })
    }
    if (review[field] !== undefined && !allowed.includes(field)) {
      context.addIssue({ code: 'custom', path: [field], message: `does not belong to ${review.verb}` })
    }
  }
  if (review.verb === 'CHANGESET' && review.items?.length === 0) {
    context.addIssue({ code: 'custom', path: ['items'], message: 'at least one change is needed' })
  }
})

/**
 * Reviews the current submission of a task in REVIEW, by somebody who is no party to it. The same review sent again
 * changes nothing more.
 */
export const postReview = projectCommand({
  name: 'reviews.post',
  summary: 'Reviews a submission: PRAISE, REFUTE, CHANGESET or APPROVE.',
  input,
  // Whoever is named on the task reviews, whatever its role; the rules of reviews look closer than a permission can.
  permission: null,
  whenContained: 'refused',
  scope: ({ projectId, taskId }, _caller, seen) =>
    joinScopes(ancestryScope(projectId), completionScope(projectId, taskId, seen), loopScope(projectId, taskId, seen)),
  decide(deciding, given) {
    const { principal, snapshot, project, agent } = deciding
    if (principal === null) return refuse(refusal('FORBIDDEN', 'the system reviews nothing'))
    const { record: task, problem } = own(deciding, 'task', given.taskId)
    if (problem !== null) return refuse(problem)
    const mayReview = hasPermission(principal, agent, 'reviews.post')
    if (principal.kind === 'HUMAN' && !mayReview) {
      return refuse(refusal('FORBIDDEN', `${principal.displayName} lacks reviews.post`))
    }
    const facts: ReviewFacts = {
      review: reviewOf(deciding, task, principal, given),
      verified: (given.verified ?? []).map((entry) => ({
        ...entry,
        note: entry.note === undefined ? null : redactText(entry.note),
      })),
      ancestry: ancestryOf(snapshot.find('agentsOfProject', project.id)),
    }
    const reviews = reviewsOf(deciding, task.id)
    const repeated = repeatOf(task, reviews, facts)
    if (repeated !== null) return accept<Reviewed>({ review: repeated, task, approvalId: null })
    const refused = reviewProblem(task, { principalId: principal.id, mayReview, agent }, facts.ancestry)
    if (refused !== null)
      return refuse(refusal('REVIEW_REFUSED', `${principal.displayName} may not review ${task.id}: ${refused}`))
    if (hasOpenReview(task, reviews, principal)) {
      return refuse(refusal('REVIEW_REFUSED', `${principal.displayName} has an open review of this submission`))
    }
    const incomplete = verbProblem(task, reviews, facts)
    return incomplete === null ? accept(post(deciding, task, facts)) : refuse(incomplete)
  },
})

function reviewOf(
  { project }: DecidingInProject,
  task: Task,
  principal: Principal,
  given: Given,
): ReviewFacts['review'] {
  const redacted: string[] = []
  const clean = (field: string, text: string) => {
    const safe = redactText(text)
    if (safe !== text) redacted.push(field)
    return safe
  }
  const optional = (field: string, text: string | undefined) => (text === undefined ? null : clean(field, text))
  return {
    projectId: project.id,
    taskId: task.id,
    submission: task.submission,
    reviewer: principal.id,
    verb: given.verb,
    deliverableHash: task.deliverable?.hash ?? '',
    summary: clean('summary', given.summary),
    score: given.score ?? null,
    status: initialStatus(given.verb),
    round: 1,
    response: null,
    claim: optional('claim', given.claim),
    evidence: optional('evidence', given.evidence),
    severity: given.severity ?? null,
    items: (given.items ?? []).map(({ file, change, lineNumber }, index) => ({
      file: clean(`items.${index}.file`, file),
      change: clean(`items.${index}.change`, change),
      lineNumber: lineNumber ?? null,
      resolution: null,
      resolvedAt: null,
    })),
    redactedFields: redacted,
  }
}

/** The same review, posted before: its effects are there, and what the task did since is no reason to refuse. */
function repeatOf(task: Task, reviews: readonly Review[], { review }: ReviewFacts): Review | null {
  // An approval or a change request leaves REVIEW; in REVIEW again, the same words are a new act.
  const leaves = review.verb === 'APPROVE' || review.verb === 'CHANGESET'
  if (leaves && task.status === 'REVIEW') return null
  const hash = reviewContentHash(review)
  return reviews.find((known) => known.submission === task.submission && reviewContentHash(known) === hash) ?? null
}

function hasOpenReview(task: Task, reviews: readonly Review[], principal: Principal): boolean {
  return reviews.some(
    ({ submission, reviewer, status }) =>
      submission === task.submission && reviewer === principal.id && (status === 'OPEN' || status === 'ESCALATED'),
  )
}
