import { type AnyRecord, isAppendOnlyKind, type Kind, type Put, type StaleReason } from '@mission-control/core/storage'
import type { Draft } from './draft.ts'
import type { LookupIndex } from './lookup-index.ts'
import type { MemoryState } from './memory-state.ts'

/** Records that are not as the commit saw them, and new rows whose place is taken. */
export function changedRecords(state: MemoryState, draft: Draft): StaleReason[] {
  const reasons: StaleReason[] = []
  for (const { kind, id, version } of draft.checks) {
    if (versionOf(state, kind, id) !== version) reasons.push({ kind, id })
  }
  for (const { kind, record } of draft.puts) {
    // An append-only row may come without a check; that nobody wrote it before is relied upon all the same.
    if (!isAppendOnlyKind(kind) || versionOf(state, kind, record.id) === null) continue
    if (!reasons.some((reason) => reason.kind === kind && reason.id === record.id)) {
      reasons.push({ kind, id: record.id })
    }
  }
  return reasons
}

function versionOf(state: MemoryState, kind: Kind, id: string): number | null {
  return state.tables[kind].get(id)?.version ?? null
}

/** Unique keys that would have two records after the commit. One may be handed over inside it. */
export function takenKeys(state: MemoryState, puts: readonly Put[]): StaleReason[] {
  const reasons: StaleReason[] = []
  for (const kind of new Set(puts.map((put) => put.kind))) {
    const records = puts.filter((put) => put.kind === kind).map((put) => put.record)
    for (const index of state.tables[kind].uniqueIndexes) {
      if (isTaken(index, records)) reasons.push({ kind: 'unique', id: index.name })
    }
  }
  return reasons
}

function isTaken(index: LookupIndex, records: readonly AnyRecord[]): boolean {
  const written = new Map(records.map((record) => [record.id, index.uniqueKeyOf(record)?.key]))
  const claimed = new Set<unknown>()
  for (const key of written.values()) {
    if (key === undefined) continue
    if (claimed.has(key)) return true
    claimed.add(key)
    // Whoever is written by this commit holds what it is written with, not what it held.
    if (index.holders(key).some((id) => !written.has(id))) return true
  }
  return false
}

export function existingReceipt(state: MemoryState, draft: Draft, now: number): StaleReason[] {
  if (draft.receipt === null) return []
  const { key } = draft.receipt
  return state.receipts.find(key, now) === null ? [] : [{ kind: 'receipt', id: key.key }]
}
