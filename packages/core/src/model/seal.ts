import type { EventDraft } from './event.ts'

/** What the first event of every log is chained to. */
export const GENESIS_HASH = '0'.repeat(64)

/** The place of an event in the chain of its log. Given once, a moment after the commit, and never changed. */
export interface Seal {
  /** From 1 on, without gaps, in the order of the log. */
  readonly seq: number
  /** The hash of the event before; the genesis hash for the first. */
  readonly prevHash: string
  /** SHA-256 over `prevHash` and the canonical JSON of the event's envelope without its hash. */
  readonly hash: string
}

/** How far the chain of one log has come. */
export interface LogHead {
  /** Null: the log of the installation. */
  readonly projectId: string | null
  /** 0 while nothing is sealed. */
  readonly seq: number
  readonly hash: string
}

/** The head of a log in which nothing is sealed yet. */
export function emptyHead(projectId: string | null): LogHead {
  return { projectId, seq: 0, hash: GENESIS_HASH }
}

/** A head of a log that was signed and kept elsewhere: what came before it can no longer be changed or cut unseen. */
export interface Checkpoint extends LogHead {
  /** When it was signed, epoch ms. */
  readonly at: number
  readonly keyId: string
  /** Over the canonical JSON of the other fields, in base64url. */
  readonly signature: string
}

/** One place of a sealed log as it stands in the store, whatever was done to it. */
export interface StoredLink {
  readonly event: EventDraft | null
  readonly seal: Seal | null
}
