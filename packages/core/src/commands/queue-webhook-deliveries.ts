import { z } from 'zod'
import { accept, projectCommand } from '../decide/command.ts'
import { refSchema } from '../model/ids.ts'
import { storedText } from '../model/text.ts'
import { WEBHOOK_BODY_BYTES_MAX } from '../model/webhook.ts'
import { inProject } from './inputs.ts'

const QUEUED_AT_ONCE_MAX = 100

const cursor = z.string().max(200)

/**
 * Queues what a webhook wants to hear of one stretch of the log, and moves its place to the end of it, both or none. Of
 * two hosts that read the same stretch one queues it.
 */
export const queueWebhookDeliveries = projectCommand({
  name: 'webhooks.queue',
  summary: 'Queues the events of one stretch of the log for a webhook.',
  input: z.strictObject({
    ...inProject,
    webhookId: refSchema,
    /** The place from which was read. */
    after: cursor.nullable(),
    /** The place up to which was read. */
    upTo: cursor,
    messages: z
      .array(
        z.strictObject({
          eventId: refSchema,
          eventType: refSchema,
          body: storedText.max(WEBHOOK_BODY_BYTES_MAX),
        }),
      )
      .max(QUEUED_AT_ONCE_MAX),
  }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  whenArchived: 'allowed',
  scope: ({ webhookId }) => ({
    records: [
      { kind: 'webhook', id: webhookId },
      { kind: 'webhookFeed', id: webhookId },
    ],
  }),
  decide({ changes, snapshot, project, now }, { webhookId, after, upTo, messages }) {
    const webhook = snapshot.get('webhook', webhookId)
    const feed = snapshot.get('webhookFeed', webhookId)
    const isOver = webhook === null || webhook.projectId !== project.id || webhook.status !== 'ACTIVE'
    if (isOver || feed === null || feed.cursor !== after) return accept({ queued: 0 })
    for (const message of messages) {
      changes.insert('webhookDelivery', {
        projectId: project.id,
        webhookId,
        ...message,
        status: 'PENDING',
        attempts: 0,
        nextAttemptAt: now,
        lastStatus: null,
        lastError: null,
        deliveredAt: null,
      })
    }
    changes.update('webhookFeed', feed, { cursor: upTo })
    return accept({ queued: messages.length })
  },
})
