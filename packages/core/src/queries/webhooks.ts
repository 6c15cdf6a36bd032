import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { DELIVERY_STATUSES } from '../model/webhook.ts'
import { one } from './one.ts'
import { pageInput, readPage } from './page.ts'
import { found, projectQuery } from './query.ts'

/** The webhooks of a project. Their secrets are kept nowhere, so nothing can show them. */
export const listWebhooks = projectQuery({
  name: 'webhooks.list',
  summary: 'Lists the webhooks of a project, newest first.',
  input: z.strictObject({ ...inProject, ...pageInput }),
  permission: 'webhooks.admin',
  read: ({ queries, project }, input) =>
    readPage(
      queries,
      { kind: 'webhook', projectId: project.id, filters: [{ field: 'deletedAt', op: 'eq', value: null }] },
      input,
    ),
})

/** One webhook by its id. */
export const getWebhook = projectQuery({
  name: 'webhooks.get',
  summary: 'Gives one webhook.',
  input: z.strictObject({ ...inProject, webhookId: refSchema }),
  permission: 'webhooks.admin',
  async read({ queries, project }, { webhookId }) {
    const webhook = await one(queries, 'webhook', project.id, webhookId)
    if (webhook === null || webhook.deletedAt !== null) {
      return { ok: false, error: refusal('NOT_FOUND', `no such webhook: ${webhookId}`) }
    }
    return found(webhook)
  },
})

/** What was sent, or is to be sent, to one webhook; newest first. */
export const listWebhookDeliveries = projectQuery({
  name: 'webhooks.deliveries',
  summary: 'Lists the messages of a webhook with what became of them, newest first.',
  input: z.strictObject({
    ...inProject,
    ...pageInput,
    webhookId: refSchema,
    status: z.enum(DELIVERY_STATUSES).optional(),
  }),
  permission: 'webhooks.admin',
  read: ({ queries, project }, input) =>
    readPage(
      queries,
      {
        kind: 'webhookDelivery',
        projectId: project.id,
        filters: [
          { field: 'webhookId', op: 'eq', value: input.webhookId },
          ...(input.status === undefined ? [] : [{ field: 'status', op: 'eq', value: input.status } as const]),
        ],
      },
      input,
    ),
})
