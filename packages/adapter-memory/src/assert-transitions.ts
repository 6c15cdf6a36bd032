import { invariant, type Put, type RecordOf } from '@mission-control/core/storage'
import type { MemoryState } from './memory-state.ts'

type PutOf<K extends 'task' | 'transition'> = { readonly kind: K; readonly record: RecordOf<K> }

function isPutOf<K extends 'task' | 'transition'>(put: { kind: string }, kind: K): put is PutOf<K> {
  return put.kind === kind
}

/** Insists that a task takes a new status only together with the row that says who moved it and why. */
export function assertTransitions(state: MemoryState, puts: readonly Put[]): void {
  for (const put of puts) {
    if (!isPutOf(put, 'task')) continue
    const { id, status } = put.record
    const stored = state.tables.task.get(id) as RecordOf<'task'> | null
    // A task begins in INBOX; one that is created further on has moved there.
    if (status === (stored?.status ?? 'INBOX')) continue
    const isRecorded = puts.some(
      (other) => isPutOf(other, 'transition') && other.record.taskId === id && other.record.to === status,
    )
    invariant(isRecorded, `task ${id} moves to ${status} together with a transition`)
  }
}
