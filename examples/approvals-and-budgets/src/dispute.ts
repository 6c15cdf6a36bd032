import { deepEqual, equal } from 'node:assert/strict'
import { unwrap } from '@mission-control/core'
import { codeOf, type Squad, statusOf } from './squad.ts'
import type { Tell } from './story.ts'

/** A reviewer and an author who do not agree get two rounds; then somebody else decides. */
export async function settleDispute(squad: Squad, tell: Tell): Promise<void> {
  const { scribe, lea, cleo, ann, held } = squad
  const { taskId, epoch } = held
  unwrap(await scribe.tasks.complete({ taskId, epoch, deliverable: '# Refunds\n\n1. Open the order\n2. Refund' }))
  equal(codeOf(await scribe.reviews.post({ taskId, verb: 'PRAISE', summary: 'Mine is good.' })), 'REVIEW_REFUSED')
  tell('Scribe hands in the guide. It may not review it.')

  const claim = { claim: 'Step 2 is wrong', evidence: 'My screen has no such button', severity: 'MAJOR' } as const
  const { review } = unwrap(await lea.reviews.post({ taskId, verb: 'REFUTE', summary: 'Cannot be followed', ...claim }))
  const reviewId = review.id
  equal(codeOf(await ann.tasks.transition({ taskId, to: 'DONE', reason: 'Looks good.' })), 'TRANSITION_REFUSED')
  tell('Lea refutes step 2. While that is open, nobody can finish the task, Ann neither.')

  unwrap(await scribe.reviews.respond({ reviewId, answer: 'REJECT', reason: 'It is under More.', epoch }))
  unwrap(await lea.reviews.respond({ reviewId, answer: 'INSIST', reason: 'Not for the role of a clerk.' }))
  const second = unwrap(
    await scribe.reviews.respond({ reviewId, answer: 'REJECT', reason: 'Clerks have had it since May.', epoch }),
  )
  deepEqual([second.status, second.round], ['ESCALATED', 2])
  tell('Scribe rejects, Lea insists, Scribe rejects again. Two rounds are enough: it goes to Cleo, the CAO.')

  const decision = { reviewId, verdict: 'OVERRULE', reason: 'I looked: clerks have the button.' } as const
  equal(codeOf(await lea.disputes.decide(decision)), 'FORBIDDEN')
  equal(unwrap(await cleo.disputes.decide(decision)).status, 'REJECTED')
  equal(await statusOf(squad), 'REVIEW')
  tell('Cleo looks, and overrules. The claim is dismissed.')

  unwrap(await ann.tasks.transition({ taskId, to: 'DONE', reason: 'I followed it, and it works.' }))
  equal(await statusOf(squad), 'DONE')
  tell('Ann follows the guide once and accepts it. Only a human could.')
}
