import type { Agent } from '../model/agent.ts'
import type { FieldError } from '../model/refusal.ts'
import type { Review, ReviewVerb } from '../model/review.ts'
import type { Checklist, Task } from '../model/task.ts'
import { CHECKLISTS } from './checklists.ts'
import { canonicalHash } from './hash.ts'
import { type Ancestry, isLineKnown, isParty } from './parties.ts'

export interface Reviewer {
  readonly principalId: string
  /** Holds `reviews.post`: LEADs, the CAO, operators. Others review only where they are named. */
  readonly mayReview: boolean
  /** Null for a human. */
  readonly agent: Pick<Agent, 'id'> | null
}

/** Why this reviewer may not review the task as it stands, or null. */
export function reviewProblem(
  task: Pick<Task, 'id' | 'status' | 'reviewerId' | 'assigneeIds' | 'workedBy'>,
  reviewer: Reviewer,
  ancestry: Ancestry,
): string | null {
  const { agent } = reviewer
  if (agent !== null) {
    const involved = [agent.id, ...task.assigneeIds, ...task.workedBy]
    if (!involved.every((id) => isLineKnown(id, ancestry))) return 'its spawn line cannot be told; a human reviews'
    if (isParty(agent.id, task, ancestry)) return 'a party does not review its own work'
  }
  if (task.status !== 'REVIEW') return `${task.id} is ${task.status}, not in REVIEW`
  const isNamed = task.reviewerId === reviewer.principalId
  return isNamed || reviewer.mayReview ? null : 'the named reviewer, a LEAD, the CAO or a human reviews'
}

/** Whether anything still stands against the work: a dispute that nobody has closed. */
export function isOpenDispute(review: Pick<Review, 'verb' | 'status'>): boolean {
  return review.verb === 'REFUTE' && (review.status === 'OPEN' || review.status === 'ESCALATED')
}

export interface Verified {
  readonly key: string
  readonly checked: boolean
  readonly note?: string | null | undefined
}

/** What an approving reviewer has left open: every item of the checklist is verified or noted, by this reviewer. */
export function verificationErrors(type: Task['type'], verified: readonly Verified[]): FieldError[] {
  const byKey = new Map(verified.map((entry) => [entry.key, entry]))
  const known = new Set(CHECKLISTS[type].map(([key]) => key))
  const strange = verified
    .filter(({ key }) => !known.has(key))
    .map(({ key }) => ({ field: 'verified', message: `${key} is no item of ${type}` }))
  const open = CHECKLISTS[type].flatMap(([key]) => {
    const entry = byKey.get(key)
    const isDone = entry !== undefined && (entry.checked || (entry.note ?? '').trim() !== '')
    return isDone ? [] : [{ field: 'verified', message: `${key} is neither verified nor noted` }]
  })
  return [...strange, ...open]
}

/** The checklist with the reviewer's name on what it verified. What it only noted stays unverified. */
export function verifiedChecklist(
  checklist: Checklist | null,
  verified: readonly Verified[],
  by: string,
  at: number,
): Checklist | null {
  if (checklist === null) return null
  const checked = new Set(verified.filter((entry) => entry.checked).map(({ key }) => key))
  const items = checklist.items.map((item) =>
    checked.has(item.key) ? { ...item, verifiedBy: by, verifiedAt: at } : item,
  )
  return { ...checklist, items }
}

/** What makes two reviews the same said twice. */
export function reviewContentHash(
  review: Pick<Review, 'verb' | 'submission' | 'reviewer' | 'summary' | 'score' | 'claim' | 'evidence' | 'severity'> & {
    readonly items: readonly Pick<Review['items'][number], 'file' | 'change' | 'lineNumber'>[]
  },
): string {
  const { verb, submission, reviewer, summary, score, claim, evidence, severity } = review
  const items = review.items.map(({ file, change, lineNumber }) => ({ file, change, lineNumber }))
  return canonicalHash({ verb, submission, reviewer, summary, score, claim, evidence, severity, items })
}

/** The state a review begins in: what needs an answer is open. */
export function initialStatus(verb: ReviewVerb): Review['status'] {
  return verb === 'CHANGESET' || verb === 'REFUTE' ? 'OPEN' : 'CLOSED'
}

/** What went back and forth, for whoever has to untie a task that was returned too often. */
export function loopSummary(task: Pick<Task, 'reviewCycles'>, reviews: readonly Review[], last: string): string {
  const asked = reviews
    .filter(({ verb, status }) => verb === 'CHANGESET' || status === 'ACCEPTED')
    .map(({ submission, claim, summary }) => `${submission}. ${claim ?? summary}`)
  const history = [...asked, last].map((line) => line.replaceAll('\n', ' ').slice(0, 200))
  return [
    `Returned ${task.reviewCycles} times; changes were asked for again. Clarify what is accepted, or let a lead arbitrate.`,
    ...history,
  ].join('\n')
}
