import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { versionProblem } from '../decide/own.ts'
import {
  ownWebhook,
  tellOfWebhook,
  webhookDescriptionInput,
  webhookEventsInput,
  webhookFieldsProblem,
  webhookUrlInput,
} from '../effects/webhook-fields.ts'
import { refSchema } from '../model/ids.ts'
import { redactText } from '../rules/redaction.ts'
import { expectedVersionInput, inProject } from './inputs.ts'

/** Changes a webhook. One that is disabled hears of nothing that happens meanwhile; what was queued before waits. */
export const updateWebhook = projectCommand({
  name: 'webhooks.update',
  summary: 'Changes address, filters or description of a webhook, disables it or enables it again.',
  input: z.strictObject({
    ...inProject,
    webhookId: refSchema,
    expectedVersion: expectedVersionInput,
    url: webhookUrlInput.optional(),
    events: webhookEventsInput.optional(),
    description: webhookDescriptionInput.nullable().optional(),
    status: z.enum(['ACTIVE', 'DISABLED']).optional(),
  }),
  permission: 'webhooks.admin',
  whenContained: 'refused',
  scope: ({ webhookId }) => ({
    records: [
      { kind: 'webhook', id: webhookId },
      { kind: 'webhookFeed', id: webhookId },
    ],
  }),
  decide(deciding, { webhookId, expectedVersion, url, events, description, status }) {
    const { record: webhook, problem } = ownWebhook(deciding, webhookId)
    if (problem !== null) return refuse(problem)
    const wrong = versionProblem(webhook, expectedVersion) ?? webhookFieldsProblem(deciding, { url, events })
    if (wrong !== null) return refuse(wrong)
    const { changes, snapshot, now, actor } = deciding
    const feed = snapshot.get('webhookFeed', webhookId)
    const isEnabled = status === 'ACTIVE' && webhook.status === 'DISABLED'
    const isDisabled = status === 'DISABLED' && webhook.status === 'ACTIVE'
    const patch = {
      ...(url === undefined ? {} : { url }),
      ...(events === undefined ? {} : { events: [...new Set(events)] }),
      ...(description === undefined ? {} : { description: description === null ? null : redactText(description) }),
      ...(isEnabled ? { status: 'ACTIVE' as const, disabledReason: null } : {}),
      ...(isDisabled ? { status: 'DISABLED' as const, disabledReason: `disabled by ${actor.name}` } : {}),
    }
    if (Object.keys(patch).length === 0) return accept(webhook)
    if (isEnabled && feed !== null) {
      changes.update('webhookFeed', feed, { cursor: null, startAt: now, failingSince: null })
    }
    const updated = changes.update('webhook', webhook, patch)
    tellOfWebhook(deciding, updated, isEnabled ? 'enabled' : isDisabled ? 'disabled' : 'changed')
    return accept(updated)
  },
})
