import { z } from 'zod'
import { accept, joinScopes, projectCommand } from '../decide/command.ts'
import { failDelivery, failedWebhookScope } from '../effects/fail-delivery.ts'
import { refSchema } from '../model/ids.ts'
import type { Webhook, WebhookDelivery } from '../model/webhook.ts'
import { WEBHOOK_ATTEMPTS_MAX } from '../rules/webhooks/retry.ts'
import { inProject } from './inputs.ts'

const BATCH_MAX = 50

/** The messages that were taken, and the webhook they are for; null when it is to be told of nothing. */
export interface LeasedDeliveries {
  readonly webhook: Webhook | null
  readonly leased: readonly WebhookDelivery[]
}

/** Takes due messages of one webhook to send them, so that no other host does; whoever dies with them gives way after the lease. */
export const leaseWebhookDeliveries = projectCommand({
  name: 'webhooks.lease',
  summary: 'Takes due messages of a webhook to send them; nobody else has them until the lease ends.',
  input: z.strictObject({
    ...inProject,
    webhookId: refSchema,
    deliveryIds: z.array(refSchema).min(1).max(BATCH_MAX),
    leaseMs: z.int().min(1000).max(600_000),
  }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  whenArchived: 'allowed',
  scope: ({ projectId, webhookId, deliveryIds }) =>
    joinScopes(failedWebhookScope(projectId, webhookId), {
      records: deliveryIds.map((id) => ({ kind: 'webhookDelivery' as const, id })),
    }),
  decide(deciding, { webhookId, deliveryIds, leaseMs }) {
    const { changes, snapshot, project, now } = deciding
    const webhook = snapshot.get('webhook', webhookId)
    const leased: WebhookDelivery[] = []
    let isToldOf = false
    if (webhook === null || webhook.projectId !== project.id || webhook.status !== 'ACTIVE') {
      return accept<LeasedDeliveries>({ webhook: null, leased })
    }
    for (const id of new Set(deliveryIds)) {
      const delivery = snapshot.get('webhookDelivery', id)
      if (delivery === null || delivery.webhookId !== webhookId || delivery.status !== 'PENDING') continue
      if (delivery.nextAttemptAt === null || delivery.nextAttemptAt > now) continue
      if (delivery.attempts >= WEBHOOK_ATTEMPTS_MAX) {
        // The host that made the last attempt was never heard of again.
        const answer = { status: null, error: 'nothing was heard of the last attempt' }
        failDelivery(deciding, webhook, delivery, answer, isToldOf)
        isToldOf = true
        continue
      }
      const taken = { attempts: delivery.attempts + 1, nextAttemptAt: now + leaseMs }
      leased.push(changes.update('webhookDelivery', delivery, taken))
    }
    return accept<LeasedDeliveries>({ webhook, leased })
  },
})
