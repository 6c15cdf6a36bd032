import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { failDelivery, failedWebhookScope, noteFailure, noteSuccess } from '../effects/fail-delivery.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { storedText } from '../model/text.ts'
import { redactText } from '../rules/redaction.ts'
import { webhookRetryMs } from '../rules/webhooks/retry.ts'
import { inProject } from './inputs.ts'

const DAY_MS = 24 * 60 * 60_000

/** Writes down what became of one attempt: delivered, to be tried again later, or given up. */
export const settleWebhookDelivery = projectCommand({
  name: 'webhooks.settle',
  summary: 'Writes down what became of one attempt to send a message of a webhook.',
  input: z.strictObject({
    ...inProject,
    webhookId: refSchema,
    deliveryId: refSchema,
    /** The number of the attempt, as it was leased. */
    attempt: z.int().min(1),
    status: z.int().nullable(),
    /** Null: it has arrived. */
    error: storedText.max(500).nullable(),
    retryAfterMs: z.int().min(0).max(DAY_MS).default(0),
  }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  whenArchived: 'allowed',
  scope: ({ projectId, webhookId, deliveryId }) =>
    joinScopes(failedWebhookScope(projectId, webhookId), { records: [{ kind: 'webhookDelivery', id: deliveryId }] }),
  decide(deciding, { webhookId, deliveryId, attempt, status, error, retryAfterMs }) {
    const { changes, snapshot, now } = deciding
    const { record: delivery, problem } = own(deciding, 'webhookDelivery', deliveryId)
    if (problem !== null) return refuse(problem)
    const webhook = snapshot.peek('webhook', webhookId)
    if (webhook === null || delivery.webhookId !== webhookId) {
      return refuse(refusal('NOT_FOUND', `no such delivery: ${deliveryId}`))
    }
    if (delivery.status !== 'PENDING') return accept(delivery)
    if (error === null) {
      // It has arrived, also when somebody else has taken it since.
      noteSuccess(deciding, webhookId)
      const arrived = { nextAttemptAt: null, lastStatus: status, lastError: null, deliveredAt: now } as const
      return accept(changes.update('webhookDelivery', delivery, { ...arrived, status: 'DELIVERED' }))
    }
    // The failure of an attempt that somebody else has taken over says nothing about theirs.
    if (delivery.attempts !== attempt) return accept(delivery)
    const isDisabled = noteFailure(deciding, webhook, error)
    const waitMs = webhookRetryMs(delivery.id, attempt)
    if (waitMs === null) return accept(failDelivery(deciding, webhook, delivery, { status, error }, isDisabled))
    return accept(
      changes.update('webhookDelivery', delivery, {
        nextAttemptAt: now + Math.max(waitMs, retryAfterMs),
        lastStatus: status,
        lastError: redactText(error),
      }),
    )
  },
})
