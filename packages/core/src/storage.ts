// The storage port, for authors of adapters. What stands here is a promise: see docs/writing-an-adapter.md.
export { invalidCursor, invariant, isMissionControlError, isRefusedError, MissionControlError } from './errors.ts'
export { changesSchema } from './model/changes-schema.ts'
export { type EventDraft, eventSchema } from './model/event.ts'
export { accountId, accountKey, type Balance } from './model/ledger.ts'
export { type KindOfLookup, LOOKUPS, type Lookup, type LookupName } from './model/lookups.ts'
export type { Receipt, ReceiptKey } from './model/receipt.ts'
export {
  type AnyRecord,
  APPEND_ONLY_KINDS,
  CURSOR_FIELDS,
  FLEETING_KINDS,
  isAppendOnlyKind,
  isSettingsKind,
  KINDS,
  type Kind,
  RECORDS,
  type RecordOf,
  SETTINGS_KINDS,
  SNAPSHOT_KINDS,
} from './model/records.ts'
export { emptyHead, GENESIS_HASH, type LogHead, type Seal, type StoredLink } from './model/seal.ts'
export { SNAPSHOT_ROWS_MAX, type StoredRow } from './model/stored-row.ts'
export type { JsonValue } from './model/text.ts'
export type { Clock } from './ports/clock.ts'
export {
  type Add,
  type ChainRequest,
  type Check,
  COMMIT_BYTES_MAX,
  COMMIT_ROWS_MAX,
  type Commit,
  type CommitOutcome,
  type EventPage,
  type Filter,
  type FilterValue,
  LOOKUP_ROWS_MAX,
  type Loaded,
  type LookupRequest,
  PAGE_ROWS_MAX,
  type PageRequest,
  type Put,
  type ReadEvents,
  type RecordPage,
  type Ref,
  SCOPE_ITEMS_MAX,
  type Scope,
  type SealRequest,
  type SearchHit,
  type SearchRequest,
  type SpendRequest,
  type SpendRow,
  type StaleReason,
  type Storage,
  type StorageQueries,
  type StoredEvent,
  type TimelineRequest,
  type Unsealed,
} from './ports/storage.ts'
export {
  folded,
  SEARCH_TODAY_MS,
  SEARCH_TOKENS_MAX,
  SEARCH_UNDER_WAY,
  SEARCH_WEEK_MS,
  SEARCH_WEIGHTS,
  searchTokens,
  taskScore,
  textsFit,
  WORD_SEPARATORS,
} from './rules/search.ts'
