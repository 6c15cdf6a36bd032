import type { Task } from '@mission-control/core'
import { type Change, writtenOf } from '../mirror.ts'
import type { Sight, Watch } from './watch.ts'

const GRACE_MS = 600_000
/** What an agent does to a task it holds. */
const FENCED = new Set([
  'tasks.start',
  'tasks.complete',
  'tasks.transition',
  'tasks.handover',
  'runs.start',
  'toolCalls.gate',
  'toolCalls.begin',
  'approvals.request',
  'reviews.resolveItem',
  'documents.create',
])

/** I3, I4, I5: one holder at a time, each with an epoch of its own; an old one writes nothing; a live one keeps it. */
export function watchClaims(sight: Sight): Watch {
  const { complain } = sight
  const holders = new Map<string, string | null>()
  return {
    committed: (change) => {
      for (const { before, after } of writtenOf(change, 'task')) {
        checkEpoch(sight, before, after)
        const key = `${after.id} ${after.epoch}`
        const holder = after.claim?.agentId ?? null
        const known = holders.get(key)
        if (known !== undefined && known !== holder) {
          complain('I3', `epoch ${after.epoch} of ${after.id} was of ${known}, and is of ${holder}`)
        }
        holders.set(key, holder)
        if (before !== null) checkLapse(sight, change, before, after)
      }
      checkFence(sight, change)
    },
  }
}

function checkEpoch({ complain }: Sight, before: Task | null, after: Task): void {
  const was = before?.claim?.agentId ?? null
  const is = after.claim?.agentId ?? null
  const epoch = before?.epoch ?? 0
  if (after.epoch < epoch) complain('I3', `the epoch of ${after.id} fell from ${epoch} to ${after.epoch}`)
  if (was !== is && after.epoch <= epoch) complain('I3', `${after.id} went from ${was} to ${is} in epoch ${epoch}`)
  if (after.claim !== null && after.claim.epoch !== after.epoch) {
    complain('I3', `${after.id} is in epoch ${after.epoch}, its claim in ${after.claim.epoch}`)
  }
  const isWork = after.status === 'ASSIGNED' || after.status === 'IN_PROGRESS'
  if (after.claim !== null && isWork && after.claim.leaseUntil === null) {
    complain('I3', `${after.id} is ${after.status} and its lease has no end`)
  }
}

/** The system takes a task from its holder when the lease is over, and never before. */
function checkLapse({ complain }: Sight, change: Change, before: Task, after: Task): void {
  const claim = before.claim
  const isTaken = claim !== null && after.claim?.agentId !== claim.agentId
  const isLapse = change.events.some(({ kind, taskId }) => kind === 'CLAIM_EXPIRED' && taskId === after.id)
  if (!isTaken || !isLapse || claim.leaseUntil === null) return
  const dueAt = claim.leaseUntil + (before.status === 'IN_PROGRESS' ? GRACE_MS : 0)
  if (change.now < dueAt) complain('I5', `${after.id} was taken ${dueAt - change.now} ms before its lease was over`)
}

/** I4: what came with an epoch was committed under that epoch. */
function checkFence({ complain }: Sight, change: Change): void {
  const { call } = change
  if (call === null || call.fence === null || !FENCED.has(call.operation)) return
  const { taskId, epoch } = call.fence
  const written = writtenOf(change, 'task').find(({ after }) => after.id === taskId)
  const held = written?.before?.claim ?? null
  // A command that was refused with effects says so in the log and touches nothing of the task.
  if (written === undefined || change.commit.receipt === null) return
  if (held !== null && held.epoch !== epoch) {
    complain('I4', `${call.operation} came with epoch ${epoch} of ${taskId}, held in ${held.epoch}, and was accepted`)
  }
  if (held !== null && held.agentId !== call.agentId) {
    complain('I4', `${call.operation} on ${taskId} by ${call.agentId}, which is held by ${held.agentId}, was accepted`)
  }
}
