import type { JsonValue } from './text.ts'

/** Names one use of an idempotency key. */
export interface ReceiptKey {
  /** Empty text for commands on the installation. */
  readonly projectId: string
  readonly principalId: string
  readonly command: string
  readonly key: string
}

/** The stored answer to a command, given again when the same key comes with the same request. */
export interface Receipt {
  readonly requestHash: string
  readonly response: JsonValue
  readonly expiresAt: number
}

/** How long an answer is kept at least. */
export const RECEIPT_TTL_MS = 24 * 60 * 60 * 1000
