import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Webhook, WebhookDelivery } from '../model/webhook.ts'
import type { Scope } from '../ports/storage.ts'
import { redactText } from '../rules/redaction.ts'
import { WEBHOOK_FAILING_MS_MAX } from '../rules/webhooks/retry.ts'
import { alertScope, raiseAlert } from './raise-alert.ts'
import { tellOfWebhook } from './webhook-fields.ts'

const DAY_MS = 24 * 60 * 60_000

/** The last word of the receiver. */
export interface FailedAnswer {
  readonly status: number | null
  readonly error: string
}

function failedWebhookKey(webhookId: string): string {
  return `NOTIFICATION_FAILED:WEBHOOK:${webhookId}`
}

/** What giving up on a message, or on a webhook, has to read. */
export function failedWebhookScope(projectId: string, webhookId: string): Scope {
  return joinScopes(alertScope(projectId, failedWebhookKey(webhookId)), {
    records: [
      { kind: 'webhook', id: webhookId },
      { kind: 'webhookFeed', id: webhookId },
    ],
  })
}

/** Gives a message up: the row, an event, and an alert, unless one tells of the whole webhook already. It can be replayed. */
export function failDelivery(
  deciding: DecidingInProject,
  webhook: Webhook,
  delivery: WebhookDelivery,
  { status, error }: FailedAnswer,
  isToldOf = false,
): WebhookDelivery {
  const lastError = redactText(error)
  const failed = deciding.changes.update('webhookDelivery', delivery, {
    status: 'FAILED',
    nextAttemptAt: null,
    lastStatus: status,
    lastError,
  })
  const { host } = new URL(webhook.url)
  deciding.changes.event('NOTIFICATION_FAILED', {
    subject: `webhook/${webhook.id}`,
    summary: `Webhook to ${host} was not told of ${delivery.eventType}`,
    reason: lastError,
    data: { channel: 'WEBHOOK', deliveryId: delivery.id, eventId: delivery.eventId, attempts: delivery.attempts },
  })
  if (isToldOf) return failed
  raiseAlert(deciding, {
    type: 'NOTIFICATION_FAILED',
    severity: 'ERROR',
    dedupeKey: failedWebhookKey(webhook.id),
    title: `The webhook to ${host} does not answer`,
    description: `${delivery.eventType} (${delivery.id}): ${lastError}`,
  })
  return failed
}

/** Notes the failure of an attempt; a webhook that has failed for days on end is disabled, and then this is true. */
export function noteFailure(deciding: DecidingInProject, webhook: Webhook, error: string): boolean {
  const { changes, snapshot, now } = deciding
  const feed = snapshot.get('webhookFeed', webhook.id)
  if (feed === null) return false
  if (feed.failingSince === null) {
    changes.update('webhookFeed', feed, { failingSince: now })
    return false
  }
  const failingMs = now - feed.failingSince
  if (failingMs < WEBHOOK_FAILING_MS_MAX || webhook.status !== 'ACTIVE') return false
  const disabledReason = `nothing but failures for ${Math.floor(failingMs / DAY_MS)} days`
  const disabled = changes.update('webhook', webhook, { status: 'DISABLED', disabledReason })
  tellOfWebhook(deciding, disabled, `disabled: ${disabledReason}`, redactText(error))
  raiseAlert(deciding, {
    type: 'NOTIFICATION_FAILED',
    severity: 'ERROR',
    dedupeKey: failedWebhookKey(webhook.id),
    title: `The webhook to ${new URL(webhook.url).host} is disabled`,
    description: `${disabledReason}: ${error}`,
  })
  return true
}

/** Notes a success after failures. */
export function noteSuccess({ changes, snapshot }: DecidingInProject, webhookId: string): void {
  const feed = snapshot.peek('webhookFeed', webhookId)
  if (feed === null || feed.failingSince === null) return
  changes.update('webhookFeed', feed, { failingSince: null })
}
