import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { leaseProblem, own } from '../decide/own.ts'
import { livenessScope, renewLease } from '../effects/renew-lease.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { statementSchema } from '../model/text.ts'
import { redactText } from '../rules/redaction.ts'
import { epochInput, inProject } from './inputs.ts'

/** Says how one requested change was made, by the author of the work. All of them resolved, the work may be handed in again. */
export const resolveReviewItem = projectCommand({
  name: 'reviews.resolveItem',
  summary: 'Resolves one item of a change request.',
  input: z.strictObject({
    ...inProject,
    reviewId: refSchema,
    /** Place of the item in the review, from 0. */
    item: z.int().min(0).max(99),
    resolution: statementSchema,
    epoch: epochInput,
  }),
  permission: 'tasks.work',
  whenContained: 'refused',
  scope: ({ reviewId }, caller, seen) => {
    const review = seen?.has('review', reviewId) === true ? seen.peek('review', reviewId) : null
    return joinScopes(livenessScope(caller.agentId), {
      records: [
        { kind: 'review', id: reviewId },
        ...(review === null ? [] : [{ kind: 'task' as const, id: review.taskId }]),
      ],
    })
  },
  decide(deciding, { reviewId, item: index, resolution, epoch }) {
    const { changes, now } = deciding
    const { record: review, problem } = own(deciding, 'review', reviewId)
    if (problem !== null) return refuse(problem)
    const { record: task, problem: unknown } = own(deciding, 'task', review.taskId)
    if (unknown !== null) return refuse(unknown)
    const lost = leaseProblem(deciding, task, epoch)
    if (lost !== null) return refuse(lost)
    const found = review.items[index]
    if (review.verb !== 'CHANGESET' || found === undefined)
      return refuse(refusal('NOT_FOUND', `${reviewId} has no item ${index}`))
    if (found.resolvedAt !== null) return accept(review)
    if (review.status !== 'OPEN') return refuse(refusal('REVIEW_REFUSED', `${reviewId} is ${review.status}`))
    const items = review.items.map((entry, at) =>
      at === index ? { ...entry, resolution: redactText(resolution), resolvedAt: now } : entry,
    )
    const isResolved = items.every(({ resolvedAt }) => resolvedAt !== null)
    const resolved = changes.update('review', review, { items, ...(isResolved ? { status: 'RESOLVED' as const } : {}) })
    changes.event('REVIEW_RESOLVED', {
      subject: `review/${review.id}`,
      summary: `${items.filter(({ resolvedAt }) => resolvedAt !== null).length} of ${items.length} changes made: ${found.file}`,
      reason: resolution,
      data: { item: index, status: resolved.status },
      taskId: task.id,
    })
    // Fences the list of the task's reviews.
    changes.update('task', task, {})
    renewLease(deciding, task)
    return accept(resolved)
  },
})
