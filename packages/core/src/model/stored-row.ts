import type { EventDraft } from './event.ts'
import type { Balance } from './ledger.ts'
import type { Receipt, ReceiptKey } from './receipt.ts'
import type { AnyRecord, Kind } from './records.ts'
import type { Seal } from './seal.ts'

/** One row of a store on its way into another one. Nothing in it has a meaning only where it came from. */
export type StoredRow =
  | { readonly type: 'record'; readonly kind: Kind; readonly record: AnyRecord }
  | { readonly type: 'balance'; readonly account: string; readonly balance: Balance }
  | { readonly type: 'receipt'; readonly key: ReceiptKey; readonly receipt: Receipt }
  | { readonly type: 'event'; readonly event: EventDraft; readonly seal: Seal | null }

/** Most rows that a snapshot gives, or a restore takes, at once. */
export const SNAPSHOT_ROWS_MAX = 500
