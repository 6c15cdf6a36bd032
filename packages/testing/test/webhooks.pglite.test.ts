import { PGlite } from '@electric-sql/pglite'
import { createPostgresStorage, fromPglite, migrate } from '@mission-control/adapter-postgres'
import { unwrap, type WebhookPost, webhookSecrets } from '@mission-control/core'
import { createTestHarness } from '@mission-control/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'

const client = fromPglite(new PGlite())
beforeAll(() => migrate(client))
afterAll(() => client.close?.())

const DAY_MS = 24 * 60 * 60_000
const SECRETS = webhookSecrets({ keyId: 'k1', keys: { k1: new Uint8Array(32).fill(7) } })

test('R-98: webhooks are queued once, sent, retried and disabled on Postgres as in memory', async () => {
  const posts: WebhookPost[] = []
  let status = 204
  const carrier = {
    send: async (post: WebhookPost) => {
      posts.push(post)
      return { status, error: status === 204 ? null : `answered ${status}` }
    },
  }
  const h = await createTestHarness({
    storage: (clock) => createPostgresStorage({ client, clock }),
    webhooks: { secrets: SECRETS, carrier },
  })
  const refused = await h.admin.webhooks.create({ url: 'https://169.254.169.254/', events: ['*'] })
  expect(refused).toMatchObject({ ok: false, error: { code: 'VALIDATION' } })
  const made = { url: 'https://receiver.example.com/hook', events: ['task.created'] }
  const { webhook, secret } = unwrap(await h.admin.webhooks.create(made))
  const webhookId = webhook.id
  for (let count = 0; count < 12; count++) unwrap(await h.admin.tasks.create({ title: 'Count', type: 'OPS' }))
  for (let round = 0; round < 3; round++) await Promise.all([h.mc.outbox.sendDue(), h.mc.outbox.sendDue()])
  expect(posts).toHaveLength(12)
  expect(new Set(posts.map(({ id }) => id)).size).toBe(12)
  expect(new Set(posts.flatMap(({ secrets }) => secrets))).toEqual(new Set([secret]))

  status = 500
  for (let day = 0; day < 7; day++) {
    if (day === 0) unwrap(await h.admin.tasks.create({ title: 'Count', type: 'OPS' }))
    await h.mc.outbox.sendDue()
    h.clock.advance(DAY_MS)
  }
  expect(unwrap(await h.admin.webhooks.get({ webhookId }))).toMatchObject({ status: 'DISABLED' })
  const [failed] = unwrap(await h.admin.webhooks.deliveries({ webhookId, status: 'FAILED' })).data
  expect(failed).toMatchObject({ attempts: 6, lastStatus: 500, nextAttemptAt: null })
})
