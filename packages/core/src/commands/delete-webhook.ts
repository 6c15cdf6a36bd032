import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { ownWebhook, tellOfWebhook } from '../effects/webhook-fields.ts'
import { refSchema } from '../model/ids.ts'
import { inProject } from './inputs.ts'

/** Ends a webhook for good; nothing more is sent, not even what was queued. */
export const deleteWebhook = projectCommand({
  name: 'webhooks.delete',
  summary: 'Ends a webhook for good; nothing more is sent.',
  input: z.strictObject({ ...inProject, webhookId: refSchema }),
  permission: 'webhooks.admin',
  whenContained: 'refused',
  scope: ({ webhookId }) => ({ records: [{ kind: 'webhook', id: webhookId }] }),
  decide(deciding, { webhookId }) {
    const { record: webhook, problem } = ownWebhook(deciding, webhookId)
    if (problem !== null) return refuse(problem)
    const { changes, now, actor } = deciding
    const deleted = changes.update('webhook', webhook, {
      status: 'DISABLED',
      disabledReason: `deleted by ${actor.name}`,
      deletedAt: now,
    })
    tellOfWebhook(deciding, deleted, 'deleted')
    return accept(deleted)
  },
})
