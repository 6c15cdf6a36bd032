import type { Outcome } from '../model/refusal.ts'
import type { StoredEvent } from './storage.ts'

/** What goes with a call besides its input. */
export interface CallContext {
  /** Repeating a call with the same key and input gives the stored answer instead of a second effect. */
  readonly idempotencyKey?: string
  /** Called before the answer is given when it is a stored one, and the call had no effect this time. */
  readonly onReplay?: () => void
  readonly traceparent?: string
  /** A one-time code of the caller, for what takes a second factor. */
  readonly oneTimeCode?: string
  readonly signal?: AbortSignal
  /** The caller's credential, for transports that carry one. */
  readonly key?: string
}

export interface SubscribeRequest {
  readonly projectId?: string
  /** Cursor of the last event seen; `now` skips the past; absent: from the beginning. */
  readonly after?: string
  readonly signal?: AbortSignal
  readonly key?: string
}

/** How a caller reaches a Mission Control: in process, or over the network. */
export interface Transport {
  /** Sends one operation of the registry by its name (`tasks.claim`) and gives its outcome. Faults throw MissionControlError. */
  send(operation: string, input: unknown, context: CallContext): Promise<Outcome<unknown>>
  /** Events after a cursor, as they happen, until the signal aborts. In order, at least once. */
  subscribe(request: SubscribeRequest): AsyncIterable<StoredEvent>
}
