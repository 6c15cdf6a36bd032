// The storage port, for authors of adapters. What stands here is a promise: see docs/writing-an-adapter.md.
export { MissionControlError, invariant, isMissionControlError } from './errors.ts'
export { type EventDraft, eventSchema } from './model/event.ts'
export { type Balance, accountId, accountKey } from './model/ledger.ts'
export { LOOKUPS, type KindOfLookup, type Lookup, type LookupName } from './model/lookups.ts'
export type { Receipt, ReceiptKey } from './model/receipt.ts'
export {
  APPEND_ONLY_KINDS,
  type AnyRecord,
  KINDS,
  type Kind,
  RECORDS,
  type RecordOf,
  SETTINGS_KINDS,
  isAppendOnlyKind,
  isSettingsKind,
} from './model/records.ts'
export type { JsonValue } from './model/text.ts'
export type { Clock } from './ports/clock.ts'
export {
  type Add,
  COMMIT_BYTES_MAX,
  COMMIT_ROWS_MAX,
  type Check,
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
  type SpendRequest,
  type SpendRow,
  type StaleReason,
  type Storage,
  type StorageQueries,
  type StoredEvent,
  type TimelineRequest,
} from './ports/storage.ts'
