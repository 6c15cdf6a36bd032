import type { EventDraft } from '../model/event.ts'
import type { Balance } from '../model/ledger.ts'
import type { LookupName } from '../model/lookups.ts'
import type { Receipt, ReceiptKey } from '../model/receipt.ts'
import type { AnyRecord, Kind, RecordOf } from '../model/records.ts'
import type { LogHead, Seal, StoredLink } from '../model/seal.ts'
import type { StoredRow } from '../model/stored-row.ts'

/** Most records, lookups and accounts one look may name. */
export const SCOPE_ITEMS_MAX = 500
/** Most rows one lookup gives. */
export const LOOKUP_ROWS_MAX = 500
/** Most rows one commit writes or checks. */
export const COMMIT_ROWS_MAX = 1000
/** Most bytes of JSON one commit writes. */
export const COMMIT_BYTES_MAX = 4 * 1024 * 1024
/** Most rows of one page, of whatever it is, `readEvents` included. A limit that is none of 1 to this many is INTERNAL. */
export const PAGE_ROWS_MAX = 200

/**
 * Where Mission Control keeps its records. Adapters know no rules: they look things up and apply changes.
 * Every value that goes in or comes out is copied; nobody can change a stored record by changing an object.
 * A method that cannot reach the store throws MissionControlError UNAVAILABLE.
 */
export interface Storage {
  /** The kind of database, as OpenTelemetry names it: `postgresql`. Only observers are told. */
  readonly system?: string
  /** One consistent look at everything a command may need: all parts are read at the same moment. One round trip. */
  load(scope: Scope): Promise<Loaded>
  /**
   * Applies a whole set of changes or none of it. Of two commits that rely on the same version of a record,
   * exactly one is applied. A guarded add never lets `reserved + settled` pass its limit, whoever else adds.
   * After a commit that wrote settings, nobody applies a commit that relied on the old settings.
   * A commit whose first event is already in the log was applied before and answers `applied` without a second
   * effect, so a caller that lost the answer simply sends it again. Another event under its id (another project, kind,
   * subject, time, actor or summary) is INTERNAL: the source of ids is broken, and nothing was applied. One round trip.
   */
  commit(commit: Commit): Promise<CommitOutcome>
  /** The log in an order that can never be overtaken, at least once: a reader that goes on from its cursor misses nothing. */
  readEvents(request: ReadEvents): Promise<EventPage>
  /**
   * The next events that have no seal, of all logs together, in the order of the log and only as far as no other can
   * come before them; with the heads of their logs at the same moment. One round trip.
   */
  readUnsealed(limit: number): Promise<Unsealed>
  /**
   * Writes the seals of the events that were read, all or none: `stale` when somebody sealed meanwhile. Of two that
   * seal the same events, one is applied. A seal is never changed. One round trip.
   */
  seal(request: SealRequest): Promise<'sealed' | 'stale'>
  /**
   * Gives everything the store holds, as it is at one moment, in pieces of at most SNAPSHOT_ROWS_MAX rows; waits for
   * `take` after each. Records come first, kind by kind in the order of SNAPSHOT_KINDS and by id; then balances and
   * receipts by their keys; then the log in its order. A cursor in a record (CURSOR_FIELDS) is given as the number of
   * events up to it. Others write on meanwhile, and are not seen. UNAVAILABLE where the way to the store cannot keep
   * one moment. While it runs, `take` asks nothing of this storage.
   */
  snapshot(take: (rows: readonly StoredRow[]) => Promise<void>): Promise<void>
  /**
   * Fills an empty store with the rows of a snapshot, all of them or, when one does not fit or the rows end with a
   * fault, none. Nobody commits meanwhile. `occupied`: the store holds something, and was left as it is.
   */
  restore(rows: AsyncIterable<readonly StoredRow[]>): Promise<'restored' | 'occupied'>
  /** Calls back soon after something was committed anywhere; only a hint to read. Gives the way to stop. */
  onCommit(listener: () => void): () => void
  /** Pages for people: keyset cursors, bounded, project-scoped. Never used to decide. */
  readonly queries: StorageQueries
  /** Releases connections. Later calls throw UNAVAILABLE. */
  close(): Promise<void>
}

export interface Ref {
  readonly kind: Kind
  readonly id: string
}

/** Asks for the records a lookup finds; `values` match its fields in order. */
export interface LookupRequest {
  readonly lookup: LookupName
  readonly values: readonly (string | number | boolean | null)[]
  /** At most this many, in the order of the lookup. */
  readonly limit: number
}

export interface Scope {
  readonly records?: readonly Ref[]
  readonly lookups?: readonly LookupRequest[]
  readonly accounts?: readonly string[]
  readonly receipt?: ReceiptKey
}

/** The raw answer to a look, in the order of the scope. The core wraps it into a Snapshot. */
export interface Loaded {
  /** The store's clock: one clock for all hosts. Epoch ms. */
  readonly now: number
  readonly records: readonly (AnyRecord | null)[]
  readonly lookups: readonly (readonly AnyRecord[])[]
  /** Never touched reads as zeros. */
  readonly balances: readonly Balance[]
  /** Null also once its time is over: when `expiresAt` is not after now. */
  readonly receipt: Receipt | null
}

/** A record the decision relied on, with the version it saw; null: it did not exist. */
export interface Check {
  readonly kind: Kind
  readonly id: string
  readonly version: number | null
}

/** A whole record. Its `version` is the checked version plus one, or 1 for a new one. */
export interface Put<K extends Kind = Kind> {
  readonly kind: K
  readonly record: RecordOf<K>
  /**
   * Of a record that was read: the fields, besides `version` and `updatedAt`, in which it differs from the version that
   * was checked. Only they are written, and all others stay as they are stored. Left out, everything is written.
   */
  readonly changed?: readonly string[]
}

/** A move of money with a ceiling, so that two writers conflict only when the money is really gone. */
export interface Add {
  readonly account: string
  readonly reserved: number
  readonly settled: number
  /** The add is refused when it raises `reserved + settled` above this. Null: no ceiling. Giving back is always allowed. */
  readonly limit: number | null
}

export interface Commit {
  /** The project whose records these are; null for the installation's. */
  readonly projectId: string | null
  readonly checks: readonly Check[]
  /**
   * Each must be covered by a check, except new records of append-only kinds. The status of a task changes only with
   * its transition row in the same commit. A unique key may be handed over from one record to another inside one
   * commit. A text with a NUL or a lone surrogate in it, here or in events and receipt, is INTERNAL.
   */
  readonly puts: readonly Put[]
  /** In their order, each on what the ones before it left. */
  readonly adds: readonly Add[]
  /** Written with the records, in this order, or not at all. */
  readonly events: readonly EventDraft[]
  readonly receipt: { readonly key: ReceiptKey; readonly receipt: Receipt } | null
}

/** `stale` is not a failure: something relied upon has changed, so look again and decide again. */
export type CommitOutcome =
  | { readonly status: 'applied' }
  | { readonly status: 'stale'; readonly because: readonly StaleReason[] }

/**
 * What had changed: a record, an account without room, a receipt that exists, or a unique key that is taken. The id is
 * that of the record or the account, the key of the receipt, or the name of the lookup.
 */
export interface StaleReason {
  readonly kind: Kind | 'account' | 'receipt' | 'unique'
  readonly id: string
}

/** An event as the log keeps it, with its place. Opaque cursors sort as the log does. */
export interface StoredEvent extends EventDraft {
  readonly cursor: string
  /** Null until it is sealed, a moment after its commit. */
  readonly seal: Seal | null
}

/** What is to be sealed next. */
export interface Unsealed {
  /** Where the sealed part of the log ends; goes back with the seals. Null: nothing is sealed. */
  readonly after: string | null
  readonly events: readonly StoredEvent[]
  /** One for each log that has sealed events and is among the events. */
  readonly heads: readonly LogHead[]
}

export interface SealRequest {
  readonly after: string | null
  /** For each event that was read, or for the first of them, in their order. */
  readonly seals: readonly { readonly cursor: string; readonly projectId: string | null; readonly seal: Seal }[]
}

export interface ChainRequest {
  /** Null: the log of the installation. */
  readonly projectId: string | null
  readonly afterSeq: number
  readonly limit: number
}

export interface ReadEvents {
  /** Null: from the beginning. What this log cannot have given as a cursor is refused: throw `invalidCursor()`. */
  readonly after: string | null
  readonly limit: number
  /** Only this project; undefined: all, the installation's own log included. */
  readonly projectId?: string
}

export interface EventPage {
  readonly events: readonly StoredEvent[]
  /** Where to go on, also when the page is empty; null only while the log is empty. */
  readonly cursor: string | null
}

export type FilterValue = string | number | boolean | null

/**
 * One condition on a field; a dot reaches into an object. `ne` is also met by null where the value is not null; nothing
 * is before or after null; `contains` is met by a list that has the value.
 */
export type Filter =
  | { readonly field: string; readonly op: 'eq' | 'ne' | 'lte' | 'gte' | 'lt' | 'gt'; readonly value: FilterValue }
  | { readonly field: string; readonly op: 'in'; readonly value: readonly FilterValue[] }
  | { readonly field: string; readonly op: 'contains'; readonly value: FilterValue }

export interface PageRequest<K extends Kind> {
  readonly kind: K
  /** Undefined only for kinds of the installation and for jobs. */
  readonly projectId?: string
  readonly filters?: readonly Filter[]
  /**
   * Sort by these fields, then by createdAt and id in the direction of the last one. Default: newest first. Texts sort by
   * code point, null before everything.
   */
  readonly order?: readonly { readonly field: string; readonly direction: 'asc' | 'desc' }[]
  /** The last row of the page before; opaque to callers. */
  readonly after?: readonly FilterValue[]
  readonly limit: number
}

export interface RecordPage<K extends Kind> {
  readonly rows: readonly RecordOf<K>[]
  /** For `after` of the next page; null on the last. */
  readonly next: readonly FilterValue[] | null
}

export interface TimelineRequest {
  readonly projectId?: string
  readonly taskId?: string
  readonly agentId?: string
  readonly actorId?: string
  readonly kinds?: readonly string[]
  /** At this moment or later. */
  readonly fromAt?: number
  /** Before this moment. */
  readonly toAt?: number
  readonly newestFirst?: boolean
  readonly after?: string
  readonly limit: number
}

export interface SearchRequest {
  readonly kind: 'task' | 'message' | 'document'
  readonly projectId: string
  /** From `searchTokens`. All must be in the record; every character counts as itself. */
  readonly tokens: readonly string[]
  readonly filters?: readonly Filter[]
  /** The moment from which the age of a task counts. */
  readonly at: number
  readonly limit: number
}

/** The record is of the kind that was asked for. */
export interface SearchHit {
  readonly record: AnyRecord
  readonly score: number
}

export interface SpendRequest {
  readonly projectId: string
  /** At this moment or later. */
  readonly fromAt: number
  /** Before this moment. */
  readonly toAt: number
  readonly groupBy: 'agentId' | 'taskId' | 'model' | 'hour' | null
}

export interface SpendRow {
  readonly key: string
  readonly billedMicros: number
  readonly imputedMicros: number
  readonly tokens: number
  readonly lines: number
}

export interface StorageQueries {
  /** The store's clock. */
  now(): Promise<number>
  page<K extends Kind>(request: PageRequest<K>): Promise<RecordPage<K>>
  /** How many records of a kind there are per value of a field; null counts under ''. */
  counts(request: {
    kind: Kind
    projectId?: string
    groupBy: string
    filters?: readonly Filter[]
  }): Promise<Readonly<Record<string, number>>>
  /** Events for people, oldest first unless told otherwise; `after` is the cursor of the last one, checked as that of `readEvents`. */
  timeline(request: TimelineRequest): Promise<{ events: readonly StoredEvent[]; next: string | null }>
  /**
   * The sealed part of one log, to be checked: in order, also where an event or a seal is gone, and with events that
   * stand before sealed ones without a seal. Fewer seals than the limit: there is no more.
   */
  chain(request: ChainRequest): Promise<readonly StoredLink[]>
  /**
   * What fits all tokens anywhere in the project, however old: tasks by their score (`taskScore`), then newest first;
   * messages and documents newest first, with a score of 0.
   */
  search(request: SearchRequest): Promise<readonly SearchHit[]>
  /** How far one log is sealed; null when nothing of it is. */
  chainHead(projectId: string | null): Promise<LogHead | null>
  /** Sums of usage lines by time of use; null sums under ''. */
  spend(request: SpendRequest): Promise<readonly SpendRow[]>
  balances(request: {
    projectId: string
    /** Of the account's id, taken literally. */
    prefix?: string
    after?: string
    limit: number
  }): Promise<readonly { account: string; balance: Balance }[]>
}
