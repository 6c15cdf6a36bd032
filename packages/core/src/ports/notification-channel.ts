import type { Approval, ApprovalStatus } from '../model/approval.ts'
import type { Notification } from '../model/notification.ts'

/** What a channel is given to deliver. Everything in it is redacted. */
export interface Delivery {
  readonly notification: Notification
  /** The same at every attempt: a receiver that knows it drops the second copy. */
  readonly idempotencyKey: string
  /** Deliver without a sound. */
  readonly isSilent: boolean
  /** Aborts when the attempt has taken too long; what comes after is not waited for. */
  readonly signal: AbortSignal
}

/** What became of one attempt. A channel that throws says the same as one that was not reached in time. */
export type DeliveryResult =
  | { readonly status: 'SENT'; readonly externalId?: string }
  | {
      readonly status: 'FAILED'
      readonly error: string
      /** The answer's status; absent when there was none in time. Only 5xx, 429 and no answer are tried again. */
      readonly statusCode?: number
      /** What `Retry-After` asked for. */
      readonly retryAfterMs?: number
    }

/** Carries notes of the outbox to people: a bot, a mailer, a webhook. It may be given the same note twice. */
export interface NotificationChannel {
  readonly channel: Exclude<Notification['channel'], 'HEARTBEAT'>
  send(delivery: Delivery): Promise<DeliveryResult>
  /** Where people see requests as cards and decide them. */
  readonly approvals?: ApprovalChannel
}

/** A request as people see it. */
export interface ApprovalCard {
  readonly approval: Approval
  readonly notification: Notification
  readonly idempotencyKey: string
  readonly signal: AbortSignal
}

/** How a request ended, for the card that showed it. */
export interface ApprovalCardOutcome {
  readonly approval: Approval
  readonly status: Exclude<ApprovalStatus, 'PENDING'>
}

/** A press on a card, by somebody whom the channel knows to be that principal. */
export interface CardDecision {
  readonly approvalId: string
  readonly projectId: string
  readonly principalId: string
  readonly verdict: 'APPROVE' | 'DENY'
  readonly reason?: string
}

/** A chat in which requests are shown, kept true, and decided. */
export interface ApprovalChannel {
  /** Shows a request; `externalId` of the answer is what `update` is given. */
  post(card: ApprovalCard): Promise<DeliveryResult>
  /** Says on the card how the request ended and takes its buttons away. */
  update(ref: string, outcome: ApprovalCardOutcome): Promise<void>
  /** Calls back for each press; the host decides in the name of that principal. Gives the way to stop. */
  onDecision(listener: (decision: CardDecision) => Promise<void>): () => void
}
