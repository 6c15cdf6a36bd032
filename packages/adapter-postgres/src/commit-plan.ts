import {
  type Add,
  type AnyRecord,
  type Check,
  type Commit,
  invariant,
  isSettingsKind,
  type Kind,
  LOOKUPS,
  type Lookup,
  type Ref,
} from '@mission-control/core/storage'
import { LOCK_ORDER } from './record-tables.ts'
import { refText } from './sound-commit.ts'

/** Rows of one kind, sorted by id, that must still have the version the decision saw. */
export interface LockedRows {
  readonly kind: Kind
  readonly ids: readonly string[]
  readonly versions: readonly number[]
}

/** Rows of one kind that are written together. */
export interface WrittenRows {
  readonly kind: Kind
  readonly records: readonly AnyRecord[]
}

/** What all adds on one account come to. */
export interface AccountMove {
  readonly id: string
  readonly reserved: number
  readonly settled: number
  /** The most that may stand on the account before, reserved and settled together; null: no ceiling. */
  readonly room: number | null
}

/** A commit sorted by how the database proves and applies each part of it. */
export interface CommitPlan {
  readonly commit: Commit
  /** Settings relied upon: the guard proves them under the gates. */
  readonly settings: readonly Check[]
  /** Other records that must not exist and are not written: the guard proves them too. */
  readonly absent: readonly Ref[]
  /** Projects whose settings are written; an empty text is the installation. */
  readonly closes: readonly string[]
  /** Other records relied upon, and settings that are written, in the order they are locked. */
  readonly locks: readonly LockedRows[]
  /** In the order they are written: a row that gives a unique key up comes before the one that takes it. */
  readonly updates: readonly WrittenRows[]
  readonly inserts: readonly WrittenRows[]
  /** Sorted by account. */
  readonly moves: readonly AccountMove[]
}

export function planOf(commit: Commit): CommitPlan {
  const written = new Set(commit.puts.map(({ kind, record }) => refText(kind, record.id)))
  const settings: Check[] = []
  const absent: Ref[] = []
  const locked: Check[] = []
  for (const check of new Map(commit.checks.map((c) => [refText(c.kind, c.id), c])).values()) {
    const isWritten = written.has(refText(check.kind, check.id))
    if (isSettingsKind(check.kind)) settings.push(check)
    else if (check.version === null && !isWritten) absent.push(check)
    if (check.version !== null && (isWritten || !isSettingsKind(check.kind))) locked.push(check)
  }
  return {
    commit,
    settings,
    absent,
    closes: closedGates(commit),
    locks: LOCK_ORDER.flatMap((kind) => lockedRows(kind, locked)),
    updates: LOCK_ORDER.flatMap((kind) => updatedRows(kind, commit)),
    inserts: LOCK_ORDER.flatMap((kind) => insertedRows(kind, commit)),
    moves: accountMoves(commit.adds),
  }
}

/** A project is behind its own gate, everything else behind that of its project, or of the installation. */
function closedGates({ puts }: Commit): string[] {
  const settings = puts.filter(({ kind }) => isSettingsKind(kind))
  return [...new Set(settings.map(({ kind, record }) => (kind === 'project' ? record.id : (record.projectId ?? ''))))]
}

function lockedRows(kind: Kind, locked: readonly Check[]): LockedRows[] {
  const rows = locked.filter((check) => check.kind === kind).sort((one, other) => (one.id < other.id ? -1 : 1))
  if (rows.length === 0) return []
  return [{ kind, ids: rows.map(({ id }) => id), versions: rows.map(({ version }) => version ?? 0) }]
}

function updatedRows(kind: Kind, { puts }: Commit): WrittenRows[] {
  const records = puts.filter((put) => put.kind === kind && put.record.version > 1).map(({ record }) => record)
  const givesUp = records.filter((record) => !holdsConditionalKey(kind, record))
  const takes = records.filter((record) => holdsConditionalKey(kind, record))
  return [givesUp, takes].filter((group) => group.length > 0).map((group) => ({ kind, records: group }))
}

function insertedRows(kind: Kind, { puts }: Commit): WrittenRows[] {
  const records = puts.filter((put) => put.kind === kind && put.record.version === 1).map(({ record }) => record)
  return records.length === 0 ? [] : [{ kind, records }]
}

const CONDITIONAL_KEYS = Object.values(LOOKUPS).filter((lookup: Lookup) => lookup.unique && lookup.where)

/** Whether the record is one of those that a partial unique index counts, such as the ACTIVE policies. */
function holdsConditionalKey(kind: Kind, record: AnyRecord): boolean {
  return CONDITIONAL_KEYS.some((lookup: Lookup) => {
    if (lookup.kind !== kind) return false
    const fields: Readonly<Record<string, unknown>> = { ...record }
    return lookup.where?.every((where) => (where.in as readonly unknown[]).includes(fields[where.field])) ?? false
  })
}

/**
 * Adds up the moves of each account. Adds act in their order, each on what the one before left; that every one of
 * them stays under its ceiling is the same as one bound on what stood there before the first.
 */
function accountMoves(adds: readonly Add[]): AccountMove[] {
  const moves = new Map<string, AccountMove>()
  for (const { account, reserved, settled, limit } of adds) {
    const before = moves.get(account) ?? { id: account, reserved: 0, settled: 0, room: null }
    const after = { reserved: before.reserved + reserved, settled: before.settled + settled }
    const isCapped = limit !== null && reserved + settled > 0
    const room = isCapped ? limit - after.reserved - after.settled : Number.POSITIVE_INFINITY
    const least = Math.min(before.room ?? Number.POSITIVE_INFINITY, room)
    invariant(
      Number.isSafeInteger(after.reserved) && Number.isSafeInteger(after.settled),
      `the moves on ${account} add up exactly`,
    )
    moves.set(account, { id: account, ...after, room: Number.isFinite(least) ? least : null })
  }
  return [...moves.values()].sort((one, other) => (one.id < other.id ? -1 : 1))
}
