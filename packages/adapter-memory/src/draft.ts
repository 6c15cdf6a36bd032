import {
  type Add,
  type AnyRecord,
  accountKey,
  type Check,
  COMMIT_BYTES_MAX,
  COMMIT_ROWS_MAX,
  type Commit,
  changesSchema,
  type EventDraft,
  eventSchema,
  invariant,
  isAppendOnlyKind,
  type Kind,
  MissionControlError,
  type Put,
  RECORDS,
} from '@mission-control/core/storage'
import { Copier } from './frozen-copy.ts'
import type { MemoryState } from './memory-state.ts'

/** A commit that is sound in itself: copied, frozen, and of the shapes the store keeps. */
export type Draft = Commit

/**
 * Takes a copy of a commit and insists on everything that can be known whatever stands in the store.
 * Whatever is wrong here is a bug of the caller, not a conflict.
 */
export function draftOf(state: MemoryState, commit: Commit): Draft {
  const { projectId, checks, puts, adds, events, receipt } = commit
  const rows = checks.length + puts.length + adds.length + events.length
  invariant(rows <= COMMIT_ROWS_MAX, `a commit writes or checks at most ${COMMIT_ROWS_MAX} rows`)

  const copier = new Copier()
  const draft: Draft = {
    projectId,
    checks: copier.copy(checks),
    puts: puts.map((put) => changedPut(state, copier, put) ?? copiedPut(copier, put)),
    adds: copier.copy(adds),
    events: events.map((event) => copiedEvent(copier, event)),
    receipt: copier.copy(receipt),
  }
  assertSize(draft, copier.bytesAtMost)
  assertCovered(draft.checks, draft.puts)
  for (const put of draft.puts) assertOwner(`${put.kind} ${put.record.id}`, put.record.projectId, projectId)
  for (const event of draft.events) assertOwner(`event ${event.id}`, event.projectId, projectId)
  for (const add of draft.adds) assertAdd(add, projectId)
  return draft
}

/** An update of some fields of what is stored. Null: everything is written, or the update comes too late anyway. */
function changedPut(state: MemoryState, copier: Copier, { kind, record, changed }: Put): Put | null {
  if (changed === undefined) return null
  const stored = state.tables[kind].get(record.id)
  if (stored === null || stored.version !== record.version - 1) return null
  const from: Readonly<Record<string, unknown>> = { ...record }
  const update = copier.copy({
    version: record.version,
    updatedAt: record.updatedAt,
    ...Object.fromEntries(changed.map((field) => [field, from[field]])),
  })
  const checked = changesSchema(kind, changed).safeParse(update)
  if (!checked.success) throw unfit(`${kind} ${record.id}`, checked.error)
  return { kind, record: Object.freeze({ ...stored, ...update }) as AnyRecord }
}

function copiedPut(copier: Copier, put: Put): Put {
  const { kind } = put
  const record: AnyRecord = copier.copy(put.record)
  // Pair assertion: the core checks the same on the way out.
  const checked = RECORDS[kind].safeParse(record)
  if (!checked.success) throw unfit(`${kind} ${record.id}`, checked.error)
  return { kind, record }
}

function copiedEvent(copier: Copier, event: EventDraft): EventDraft {
  const copy = copier.copy(event)
  const checked = eventSchema.safeParse(copy)
  if (!checked.success) throw unfit(`event ${copy.id}`, checked.error)
  return copy
}

function unfit(what: string, cause: Error): MissionControlError {
  return new MissionControlError('INTERNAL', `${what} does not have the shape of its kind: ${cause.message}`, { cause })
}

function assertSize(draft: Draft, bytesAtMost: number): void {
  // The upper bound settles nearly all commits; only big ones are written out to be counted.
  if (bytesAtMost <= COMMIT_BYTES_MAX) return
  const written = [...draft.puts.map((put) => put.record), ...draft.events, draft.receipt]
  const encoder = new TextEncoder()
  let bytes = 0
  for (const row of written) bytes += encoder.encode(JSON.stringify(row)).byteLength
  invariant(bytes <= COMMIT_BYTES_MAX, `a commit writes at most ${COMMIT_BYTES_MAX} bytes`)
}

function assertCovered(checks: readonly Check[], puts: readonly Put[]): void {
  const seen = new Map<string, number | null>()
  for (const check of checks) seen.set(refText(check.kind, check.id), check.version)
  const written = new Set<string>()
  for (const { kind, record } of puts) {
    const text = refText(kind, record.id)
    invariant(!written.has(text), `a commit writes ${text} once`)
    written.add(text)
    const version = seen.get(text)
    invariant(version !== undefined || isAppendOnlyKind(kind), `the put of ${text} is covered by a check`)
    invariant(record.version === (version ?? 0) + 1, `the version of ${text} is the checked one plus one`)
    invariant(record.version === 1 || !isAppendOnlyKind(kind), `${text} is of a kind that is never updated`)
  }
}

function refText(kind: Kind, id: string): string {
  return `${kind} ${id}`
}

function assertOwner(what: string, owner: string | null, projectId: string | null): void {
  invariant(owner === null || owner === projectId, `${what} belongs to the project of the commit`)
}

function assertAdd({ account, reserved, settled, limit }: Add, projectId: string | null): void {
  invariant(accountKey(account)?.projectId === projectId, `account ${account} belongs to the project of the commit`)
  const amounts = limit === null ? [reserved, settled] : [reserved, settled, limit]
  invariant(amounts.every(Number.isSafeInteger), `the amounts on ${account} are whole numbers`)
}
