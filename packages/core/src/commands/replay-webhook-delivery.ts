import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { ownWebhook, tellOfWebhook } from '../effects/webhook-fields.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { inProject } from './inputs.ts'

/** Sends a message again, under the same id: a receiver that has it already drops it. */
export const replayWebhookDelivery = projectCommand({
  name: 'webhooks.replay',
  summary: 'Sends a message of a webhook again, under the same id.',
  input: z.strictObject({ ...inProject, webhookId: refSchema, deliveryId: refSchema }),
  permission: 'webhooks.admin',
  whenContained: 'refused',
  scope: ({ webhookId, deliveryId }) => ({
    records: [
      { kind: 'webhook', id: webhookId },
      { kind: 'webhookDelivery', id: deliveryId },
    ],
  }),
  decide(deciding, { webhookId, deliveryId }) {
    const { record: webhook, problem } = ownWebhook(deciding, webhookId)
    if (problem !== null) return refuse(problem)
    const { record: delivery, problem: missing } = own(deciding, 'webhookDelivery', deliveryId)
    if (missing !== null) return refuse(missing)
    if (delivery.webhookId !== webhook.id) return refuse(refusal('NOT_FOUND', `no such delivery: ${deliveryId}`))
    if (delivery.status === 'PENDING') return accept(delivery)
    const { changes, now, actor } = deciding
    const again = changes.update('webhookDelivery', delivery, { status: 'PENDING', attempts: 0, nextAttemptAt: now })
    tellOfWebhook(deciding, webhook, `is told again of ${delivery.eventType} by ${actor.name}`)
    return accept(again)
  },
})
