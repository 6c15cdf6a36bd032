import type { DecidingInProject } from '../decide/command.ts'
import type { Approval } from '../model/approval.ts'
import type { LookupName } from '../model/lookups.ts'
import type { Review } from '../model/review.ts'
import type { Scope } from '../ports/storage.ts'

/** The oldest of a kind; a task seldom has more. */
const OLDEST_MAX = 100
/** What is open is asked for apart: however much was said before, nothing that stands can be missed behind it. */
const OPEN_MAX = 500

/** What was said of a task and asked for it. */
export function taskListScope(taskId: string): Scope {
  const oldest: readonly LookupName[] = ['approvalsOfTask', 'reviewsOfTask']
  const open: readonly LookupName[] = ['pendingApprovalsOfTask', 'openReviewsOfTask']
  return {
    lookups: [
      ...oldest.map((lookup) => ({ lookup, values: [taskId], limit: OLDEST_MAX })),
      ...open.map((lookup) => ({ lookup, values: [taskId], limit: OPEN_MAX })),
    ],
  }
}

/** The reviews of a task as these changes leave them, all open ones among them; none where they were not read. */
export function reviewsOf({ snapshot, changes }: DecidingInProject, taskId: string): Review[] {
  if (!snapshot.hasLookup('openReviewsOfTask', [taskId])) return []
  const found = [...snapshot.find('reviewsOfTask', taskId), ...snapshot.find('openReviewsOfTask', taskId)]
  return distinct(found).map((review) => changes.current('review', review))
}

/** The approvals of a task as these changes leave them, all pending ones among them; none where they were not read. */
export function approvalsOf({ snapshot, changes }: DecidingInProject, taskId: string): Approval[] {
  if (!snapshot.hasLookup('pendingApprovalsOfTask', [taskId])) return []
  const found = [...snapshot.find('approvalsOfTask', taskId), ...snapshot.find('pendingApprovalsOfTask', taskId)]
  return distinct(found).map((approval) => changes.current('approval', approval))
}

function distinct<T extends { readonly id: string }>(records: readonly T[]): T[] {
  return [...new Map(records.map((record) => [record.id, record])).values()]
}
