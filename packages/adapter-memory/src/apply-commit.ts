import type { Commit, CommitOutcome } from '@mission-control/core/storage'
import { type MovedAccounts, movedAccounts } from './accounts.ts'
import { assertTransitions } from './assert-transitions.ts'
import { type Draft, draftOf } from './draft.ts'
import type { MemoryState } from './memory-state.ts'
import { changedRecords, existingReceipt, takenKeys } from './stale-reasons.ts'

/**
 * Applies all of a commit or none of it. Everything that can fail comes before the first write,
 * so there is nothing to roll back.
 */
export function applyCommit(state: MemoryState, commit: Commit, now: number): CommitOutcome {
  const draft = draftOf(state, commit)
  const [first] = draft.events
  if (first !== undefined && state.log.has(first)) return { status: 'applied' }

  const moved = movedAccounts(state, draft.adds)
  const because = [
    ...changedRecords(state, draft),
    ...takenKeys(state, draft.puts),
    ...moved.withoutRoom,
    ...existingReceipt(state, draft, now),
  ]
  if (because.length > 0) return { status: 'stale', because }

  // Only now it is certain that the commit was decided on what is stored, so a contradiction is a bug of the decider.
  assertTransitions(state, draft.puts)
  moved.assertPossible()

  write(state, draft, moved, now)
  return { status: 'applied' }
}

function write(state: MemoryState, draft: Draft, moved: MovedAccounts, now: number): void {
  for (const { kind, record } of draft.puts) state.tables[kind].put(record)
  for (const [account, balance] of moved.balances) state.accounts.set(account, balance)
  for (const event of draft.events) state.log.append(event)
  if (draft.receipt !== null) state.receipts.keep(draft.receipt.key, draft.receipt.receipt, now)
}
