import { z } from 'zod'
import { projectRecord } from './record.ts'

/** Longest body of one message, in bytes of UTF-8. */
export const WEBHOOK_BODY_BYTES_MAX = 20 * 1024

export const DELIVERY_STATUSES = ['PENDING', 'DELIVERED', 'FAILED'] as const
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number]

/** An address that hears of events. Its secret is not kept anywhere: `secretRef` names what the hosts make it from. */
export const webhookSchema = z.strictObject({
  ...projectRecord,
  url: z.string(),
  description: z.string().nullable(),
  /** Types such as `task.created`, prefixes such as `task.*`, or `*`. */
  events: z.array(z.string()),
  secretRef: z.string(),
  /** Rises with each rotation. */
  secretNo: z.int().min(1),
  /** Signs as well until the overlap ends. */
  previousSecretRef: z.string().nullable(),
  previousSecretUntil: z.int().nullable(),
  status: z.enum(['ACTIVE', 'DISABLED']),
  disabledReason: z.string().nullable(),
  deletedAt: z.int().nullable(),
})
export type Webhook = z.infer<typeof webhookSchema>

/** How far a webhook has heard, under the same id. Apart from the webhook, because it changes with every event. */
export const webhookFeedSchema = z.strictObject({
  ...projectRecord,
  /** The place in the log up to which messages were queued; null: from `startAt` on. */
  cursor: z.string().nullable(),
  /** What happened before this is not told. */
  startAt: z.int(),
  /** When the first attempt failed since the last one that succeeded. */
  failingSince: z.int().nullable(),
})
export type WebhookFeed = z.infer<typeof webhookFeedSchema>

/** One event on its way to one webhook. */
export const webhookDeliverySchema = z.strictObject({
  ...projectRecord,
  webhookId: z.string(),
  eventId: z.string(),
  eventType: z.string(),
  /** What is signed and sent, to the byte. */
  body: z.string(),
  status: z.enum(DELIVERY_STATUSES),
  attempts: z.int().min(0),
  nextAttemptAt: z.int().nullable(),
  /** The answer of the last attempt; null without one. */
  lastStatus: z.int().nullable(),
  lastError: z.string().nullable(),
  deliveredAt: z.int().nullable(),
})
export type WebhookDelivery = z.infer<typeof webhookDeliverySchema>
