import type { Review } from '../model/review.ts'

/** How often a reviewer may come back before somebody else decides. */
const DISPUTE_ROUNDS_MAX = 2

export const DISPUTE_ANSWERS = ['ACCEPT', 'REJECT', 'CLOSE', 'INSIST'] as const
/**
 * What the two sides say in turn. The author begins: ACCEPT takes the work back, REJECT says why not. Then the reviewer
 * gives in (CLOSE), or comes back with the next round (INSIST).
 */
export type DisputeAnswer = (typeof DISPUTE_ANSWERS)[number]
export type DisputeSide = 'AUTHOR' | 'REVIEWER'

export const DISPUTE_VERDICTS = ['UPHOLD', 'OVERRULE'] as const

const ANSWERS_OF: Readonly<Record<DisputeSide, readonly DisputeAnswer[]>> = {
  AUTHOR: ['ACCEPT', 'REJECT'],
  REVIEWER: ['CLOSE', 'INSIST'],
}

type Standing = Pick<Review, 'verb' | 'status' | 'round' | 'response'>
/** Where a dispute stands after an answer. */
export type DisputeStep = Pick<Review, 'status' | 'round' | 'response'>

/** Whose word is awaited; null when nobody's is. */
export function sideToAnswer(review: Standing): DisputeSide | null {
  if (review.verb !== 'REFUTE' || review.status !== 'OPEN') return null
  return review.response === null ? 'AUTHOR' : 'REVIEWER'
}

/** Whether the answer has been given before, so that repeating it changes nothing. */
export function isAnswered(review: Standing, answer: DisputeAnswer, reason: string | null): boolean {
  if (review.verb !== 'REFUTE') return false
  if (answer === 'ACCEPT') return review.status === 'ACCEPTED'
  if (answer === 'CLOSE') return review.status === 'REJECTED'
  if (answer === 'INSIST') return review.status === 'OPEN' && review.round > 1 && review.response === null
  return (review.status === 'OPEN' || review.status === 'ESCALATED') && review.response === reason
}

/** Why this side may not answer so now, or null. */
export function answerProblem(review: Standing, side: DisputeSide, answer: DisputeAnswer): string | null {
  const awaited = sideToAnswer(review)
  if (review.verb !== 'REFUTE') return 'only a REFUTE is disputed'
  if (awaited === null) return `it is ${review.status}`
  if (awaited !== side) return `the ${awaited.toLowerCase()} answers now`
  const possible = ANSWERS_OF[side]
  return possible.includes(answer) ? null : `the ${side.toLowerCase()} answers ${possible.join(' or ')}`
}

/** What the answer makes of the dispute. A rejection in the last round is for somebody else to decide. */
export function answered(review: Standing, answer: DisputeAnswer, reason: string | null): DisputeStep {
  const { round, response } = review
  if (answer === 'ACCEPT') return { status: 'ACCEPTED', round, response: reason ?? response }
  if (answer === 'CLOSE') return { status: 'REJECTED', round, response }
  if (answer === 'INSIST') return { status: 'OPEN', round: round + 1, response: null }
  return { status: round < DISPUTE_ROUNDS_MAX ? 'OPEN' : 'ESCALATED', round, response: reason }
}
