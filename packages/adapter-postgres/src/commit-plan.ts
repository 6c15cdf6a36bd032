import {
  type Add,
  type AnyRecord,
  type Check,
  type Commit,
  type EventDraft,
  FLEETING_KINDS,
  invariant,
  isSettingsKind,
  type Kind,
  LOOKUPS,
  type Lookup,
  type Put,
  type ReceiptKey,
  type Ref,
} from '@mission-control/core/storage'
import { type ColumnSet, changedColumns, wholeRow } from './column-set.ts'
import { EVENT_TABLE, LOCK_ORDER, RECORD_TABLES } from './record-tables.ts'
import { toRow } from './rows.ts'
import { refText } from './sound-commit.ts'

/** A row that must still have the version the decision saw. */
export interface LockedRow {
  readonly kind: Kind
  readonly id: string
  readonly version: number
}

/** A row to be written, as the JSON of its columns. */
export interface WrittenRow {
  readonly kind: Kind
  readonly id: string
  readonly columns: ColumnSet
  readonly json: string
  /** Whether it is one of those that a partial unique index counts, such as the ACTIVE policies. */
  readonly takesKey: boolean
}

/** What all adds of a commit on one account come to. */
export interface AccountMove {
  readonly id: string
  readonly reserved: number
  readonly settled: number
  /** The most that may stand on the account before, reserved and settled together; null: no ceiling. */
  readonly room: number | null
}

/** A commit sorted by how the database proves and applies each part of it, written out so that it can wait its turn. */
export interface CommitPlan {
  readonly projectId: string | null
  /** Settings relied upon: the guard proves them under the gates. */
  readonly settings: readonly Check[]
  /** Other records that must not exist and are not written: the guard proves them too. */
  readonly absent: readonly Ref[]
  /** Projects whose settings are written; an empty text is the installation. */
  readonly closes: readonly string[]
  /** Other records relied upon, and settings that are written, in the order they are locked. */
  readonly locks: readonly LockedRow[]
  readonly updates: readonly WrittenRow[]
  readonly inserts: readonly WrittenRow[]
  /** Sorted by account. */
  readonly moves: readonly AccountMove[]
  /** In the order they are to stand in the log. */
  readonly events: readonly string[]
  readonly receipt: ReceiptRow | null
}

export interface ReceiptRow {
  readonly key: ReceiptKey
  readonly requestHash: string
  readonly response: string
  readonly expiresAt: number
}

export function planOf(commit: Commit): CommitPlan {
  const { projectId, puts, adds, events, receipt } = commit
  const written = new Set(puts.map(({ kind, record }) => refText(kind, record.id)))
  const settings: Check[] = []
  const absent: Ref[] = []
  const locks: LockedRow[] = []
  for (const check of new Map(commit.checks.map((c) => [refText(c.kind, c.id), c])).values()) {
    const { kind, id, version } = check
    const isWritten = written.has(refText(kind, id))
    if (isSettingsKind(kind)) settings.push({ kind, id, version })
    else if (version === null && !isWritten) absent.push({ kind, id })
    if (version !== null && (isWritten || !isSettingsKind(kind))) locks.push({ kind, id, version })
  }
  return {
    projectId,
    settings,
    absent,
    closes: closedGates(commit),
    locks: locks.sort(inLockOrder),
    updates: updatedRows(puts.filter(({ record }) => record.version > 1)),
    inserts: puts
      .filter(({ record }) => record.version === 1)
      .map(({ kind, record }) => writtenRow(kind, record, wholeRow(RECORD_TABLES[kind]))),
    moves: accountMoves(adds),
    events: events.map((event: EventDraft) => JSON.stringify(toRow(wholeRow(EVENT_TABLE), event))),
    receipt:
      receipt === null
        ? null
        : {
            key: { ...receipt.key },
            requestHash: receipt.receipt.requestHash,
            response: JSON.stringify(receipt.receipt.response),
            expiresAt: receipt.receipt.expiresAt,
          },
  }
}

/** Updates of one kind are written by one statement, so they write what changed in any of them. */
function updatedRows(puts: readonly Put[]): WrittenRow[] {
  const changed = new Map<Kind, readonly string[] | null>()
  for (const put of puts) {
    const before = changed.get(put.kind) ?? []
    changed.set(put.kind, before === null || put.changed === undefined ? null : [...before, ...put.changed])
  }
  return puts.map(({ kind, record }) => {
    const fields = changed.get(kind) ?? null
    return writtenRow(kind, record, fields === null ? wholeRow(RECORD_TABLES[kind]) : changedColumns(kind, fields))
  })
}

/**
 * Commits of one shape go by one statement. Mixing shapes would make larger batches, but of so many texts that no
 * connection could keep the plans of all. Null: the commit goes alone.
 */
export function shapeOfCommit(plan: CommitPlan): string | null {
  if (plan.closes.length > 0 || plan.absent.length > 0) return null
  const { projectId, locks, updates, inserts, moves, events, receipt } = plan
  return [
    projectId ?? '',
    kindsOf(locks),
    columnsOf(updates.filter(({ takesKey }) => !takesKey)),
    columnsOf(updates.filter(({ takesKey }) => takesKey)),
    kindsOf(inserts),
    reliesOnOneRow(plan),
    moves.length > 0,
    events.length > 0,
    receipt !== null,
  ].join(' ')
}

function kindsOf(rows: readonly { readonly kind: Kind }[]): string {
  return [...new Set(rows.map(({ kind }) => kind))].sort().join(',')
}

function columnsOf(rows: readonly WrittenRow[]): string {
  return [...new Set(rows.map(({ kind, columns }) => `${kind}:${columns.key}`))].sort().join(',')
}

/** Whether the commit relies on exactly one row besides settings, and writes it. */
export function reliesOnOneRow({ locks, moves, updates }: CommitPlan): boolean {
  return moves.length === 0 && locks.length === 1 && updates.length === 1
}

/** Whether nothing is lost for long if the commit is. */
export function isFleeting({ updates, inserts, moves, events, receipt, closes }: CommitPlan): boolean {
  const isNothingElse = [inserts, moves, events, closes].every((rows) => rows.length === 0) && receipt === null
  return isNothingElse && updates.length > 0 && updates.every(({ kind }) => FLEETING.has(kind))
}

const FLEETING: ReadonlySet<Kind> = new Set(FLEETING_KINDS)

function inLockOrder(one: LockedRow, other: LockedRow): number {
  if (one.kind !== other.kind) return LOCK_ORDER.indexOf(one.kind) - LOCK_ORDER.indexOf(other.kind)
  return one.id < other.id ? -1 : 1
}

/** A project is behind its own gate, everything else behind that of its project, or of the installation. */
function closedGates({ puts }: Commit): string[] {
  const settings = puts.filter(({ kind }) => isSettingsKind(kind))
  return [...new Set(settings.map(({ kind, record }) => (kind === 'project' ? record.id : (record.projectId ?? ''))))]
}

function writtenRow(kind: Kind, record: AnyRecord, columns: ColumnSet): WrittenRow {
  const json = JSON.stringify(toRow(columns, record))
  return { kind, id: record.id, columns, json, takesKey: holdsConditionalKey(kind, record) }
}

const CONDITIONAL_KEYS = Object.values(LOOKUPS).filter((lookup: Lookup) => lookup.unique && lookup.where)

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
