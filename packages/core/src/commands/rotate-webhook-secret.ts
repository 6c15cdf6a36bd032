import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { ownWebhook, tellOfWebhook } from '../effects/webhook-fields.ts'
import { makeWebhookSecret } from '../effects/webhook-secret.ts'
import { refSchema } from '../model/ids.ts'
import type { Webhook } from '../model/webhook.ts'
import { inProject } from './inputs.ts'

const OVERLAP_MS_DEFAULT = 24 * 60 * 60_000

/** Gives a webhook a new secret. Until the overlap ends every message is signed with both, so a receiver may change over at leisure. */
export const rotateWebhookSecret = projectCommand({
  name: 'webhooks.rotateSecret',
  summary: 'Gives a webhook a new signing secret, shown once; the old one signs as well until the overlap ends.',
  input: z.strictObject({
    ...inProject,
    webhookId: refSchema,
    overlapMs: z
      .int()
      .min(0)
      .max(7 * OVERLAP_MS_DEFAULT)
      .default(OVERLAP_MS_DEFAULT),
  }),
  permission: 'webhooks.admin',
  whenContained: 'refused',
  forReceipt: (data: { readonly webhook: Webhook; readonly secret: string }) => ({ ...data, secret: '' }),
  scope: ({ webhookId }) => ({ records: [{ kind: 'webhook', id: webhookId }] }),
  decide(deciding, { webhookId, overlapMs }) {
    const { record: webhook, problem } = ownWebhook(deciding, webhookId)
    if (problem !== null) return refuse(problem)
    const secretNo = webhook.secretNo + 1
    const made = makeWebhookSecret(deciding, webhook.id, secretNo)
    if (made.problem !== null) return refuse(made.problem)
    const rotated = deciding.changes.update('webhook', webhook, {
      secretRef: made.secretRef,
      secretNo,
      previousSecretRef: overlapMs === 0 ? null : webhook.secretRef,
      previousSecretUntil: overlapMs === 0 ? null : deciding.now + overlapMs,
    })
    tellOfWebhook(deciding, rotated, 'has a new secret')
    return accept({ webhook: rotated, secret: made.secret })
  },
})
