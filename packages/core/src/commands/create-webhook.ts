import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import {
  tellOfWebhook,
  webhookDescriptionInput,
  webhookEventsInput,
  webhookFieldsProblem,
  webhookUrlInput,
} from '../effects/webhook-fields.ts'
import { makeWebhookSecret } from '../effects/webhook-secret.ts'
import { refusal } from '../model/refusal.ts'
import type { Webhook } from '../model/webhook.ts'
import { redactText } from '../rules/redaction.ts'
import { inProject } from './inputs.ts'

const WEBHOOKS_MAX = 20
/** Rows that a look for the living ones gives, the deleted ones among them. */
const LOOKED_AT_MAX = 200

/** A webhook, and the secret that its messages are signed with: shown once. */
export interface WebhookWithSecret {
  readonly webhook: Webhook
  readonly secret: string
}

/** Tells an address of events from now on. */
export const createWebhook = projectCommand({
  name: 'webhooks.create',
  summary: 'Tells an address of events from now on; shows the signing secret, once.',
  input: z.strictObject({
    ...inProject,
    url: webhookUrlInput,
    events: webhookEventsInput,
    description: webhookDescriptionInput.optional(),
  }),
  permission: 'webhooks.admin',
  whenContained: 'refused',
  forReceipt: (data: WebhookWithSecret) => ({ ...data, secret: '' }),
  scope: ({ projectId }) => ({
    lookups: [{ lookup: 'webhooksOfProject', values: [projectId], limit: LOOKED_AT_MAX }],
  }),
  decide(deciding, { url, events, description }) {
    const { changes, snapshot, project, now } = deciding
    const problem = webhookFieldsProblem(deciding, { url, events })
    if (problem !== null) return refuse(problem)
    const living = snapshot.find('webhooksOfProject', project.id).filter(({ deletedAt }) => deletedAt === null)
    if (living.length >= WEBHOOKS_MAX) {
      const errors = [{ field: 'url', message: 'delete a webhook first' }]
      return refuse(refusal('VALIDATION', `a project has at most ${WEBHOOKS_MAX} webhooks`, { errors }))
    }
    const id = deciding.nextId('webhook')
    const made = makeWebhookSecret(deciding, id, 1)
    if (made.problem !== null) return refuse(made.problem)
    const webhook = changes.insert(
      'webhook',
      {
        projectId: project.id,
        url,
        description: description === undefined ? null : redactText(description),
        events: [...new Set(events)],
        secretRef: made.secretRef,
        secretNo: 1,
        previousSecretRef: null,
        previousSecretUntil: null,
        status: 'ACTIVE',
        disabledReason: null,
        deletedAt: null,
      },
      id,
    )
    const feed = { projectId: project.id, cursor: null, startAt: now, failingSince: null }
    changes.insert('webhookFeed', feed, id)
    tellOfWebhook(deciding, webhook, 'created')
    return accept<WebhookWithSecret>({ webhook, secret: made.secret })
  },
})
