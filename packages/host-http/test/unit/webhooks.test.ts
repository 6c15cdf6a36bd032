import { unwrap, webhookSecrets } from '@mission-control/core'
import { createTestHarness, type TestHarness, type TestHarnessOptions } from '@mission-control/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { createWebhookCarrier } from '../../src/index.ts'
import { createHttpHarness, type HttpHarness, once, TASK } from './http-harness.ts'
import { createReceiver, type Receiver } from './webhook-receiver.ts'

const HOUR_MS = 60 * 60_000
const SECRETS = webhookSecrets({ keyId: 'k1', keys: { k1: new Uint8Array(32).fill(7) } })

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

function options(allowsPrivateTargets = true): TestHarnessOptions {
  const carrier = createWebhookCarrier({ allowsPrivateTargets })
  return { webhooks: { secrets: SECRETS, carrier, allowsPrivateTargets } }
}

async function scene(): Promise<{ h: TestHarness; receiver: Receiver }> {
  const h = await createTestHarness(options())
  const receiver = await createReceiver()
  opened.push(h, receiver)
  return { h, receiver }
}

async function overHttp(allowsPrivateTargets: boolean): Promise<HttpHarness> {
  const h = await createHttpHarness({}, options(allowsPrivateTargets))
  opened.push(h)
  return h
}

describe('a webhook', () => {
  test('is told of what it asked for and of nothing else, signed', async () => {
    const { h, receiver } = await scene()
    const { secret } = unwrap(await h.admin.webhooks.create({ url: receiver.url, events: ['task.created'] }))
    const task = unwrap(await h.admin.tasks.create(TASK))
    unwrap(await h.admin.tasks.update({ taskId: task.id, title: 'Count them twice' }))
    await h.mc.outbox.sendDue()
    await h.mc.outbox.sendDue()
    const [message, ...more] = receiver.received
    expect(more).toEqual([])
    expect(JSON.parse(message?.body ?? '')).toMatchObject({ type: 'task.created', taskId: task.id })
    expect(message?.headers['webhook-id']).toBe(JSON.parse(message?.body ?? '').id)
    if (message !== undefined) receiver.verify(secret, message)
    expect(() => receiver.verify(SECRETS.secretOf('k1/other/1') ?? '', message as never)).toThrow()
  })

  test('hears of nothing that happened before it was made', async () => {
    const { h, receiver } = await scene()
    unwrap(await h.admin.tasks.create(TASK))
    h.clock.advance(1)
    unwrap(await h.admin.webhooks.create({ url: receiver.url, events: ['task.*'] }))
    h.clock.advance(1)
    const task = unwrap(await h.admin.tasks.create(TASK))
    await h.mc.outbox.sendDue()
    expect(receiver.received.map(({ body }) => JSON.parse(body).taskId)).toEqual([task.id])
  })

  test('is sent each message once, however many hosts send', async () => {
    const { h, receiver } = await scene()
    unwrap(await h.admin.webhooks.create({ url: receiver.url, events: ['task.created'] }))
    for (let count = 0; count < 15; count++) unwrap(await h.admin.tasks.create(TASK))
    for (let round = 0; round < 3; round++) {
      await Promise.all([h.mc.outbox.sendDue(), h.mc.outbox.sendDue(), h.mc.outbox.sendDue()])
    }
    const ids = receiver.received.map(({ headers }) => headers['webhook-id'])
    expect(ids).toHaveLength(15)
    expect(new Set(ids).size).toBe(15)
  })

  test('has both secrets until the overlap of a rotation ends', async () => {
    const { h, receiver } = await scene()
    const { webhook, secret: first } = unwrap(
      await h.admin.webhooks.create({ url: receiver.url, events: ['task.created'] }),
    )
    const rotate = { webhookId: webhook.id, overlapMs: HOUR_MS }
    const { secret: second } = unwrap(await h.admin.webhooks.rotateSecret(rotate))
    expect(second).not.toBe(first)
    const told = async () => {
      unwrap(await h.admin.tasks.create(TASK))
      await h.mc.outbox.sendDue()
      return receiver.received.at(-1) as never
    }
    const during = await told()
    receiver.verify(first, during)
    receiver.verify(second, during)
    h.clock.advance(HOUR_MS)
    const after = await told()
    expect(() => receiver.verify(first, after)).toThrow()
    receiver.verify(second, after)
  })

  test('is told again by hand under the same id, also of what has arrived', async () => {
    const { h, receiver } = await scene()
    const { webhook } = unwrap(await h.admin.webhooks.create({ url: receiver.url, events: ['task.created'] }))
    unwrap(await h.admin.tasks.create(TASK))
    await h.mc.outbox.sendDue()
    const webhookId = webhook.id
    const [delivery] = unwrap(await h.admin.webhooks.deliveries({ webhookId })).data
    expect(delivery).toMatchObject({ status: 'DELIVERED', attempts: 1, lastStatus: 204 })
    unwrap(await h.admin.webhooks.replay({ webhookId, deliveryId: delivery?.id ?? '' }))
    await h.mc.outbox.sendDue()
    const [first, second] = receiver.received
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(second?.body).toBe(first?.body)
  })

  test('hears of nothing while it is disabled, nor afterwards of what happened meanwhile', async () => {
    const { h, receiver } = await scene()
    const { webhook } = unwrap(await h.admin.webhooks.create({ url: receiver.url, events: ['task.created'] }))
    const webhookId = webhook.id
    unwrap(await h.admin.webhooks.update({ webhookId, status: 'DISABLED' }))
    unwrap(await h.admin.tasks.create(TASK))
    await h.mc.outbox.sendDue()
    h.clock.advance(1000)
    unwrap(await h.admin.webhooks.update({ webhookId, status: 'ACTIVE' }))
    await h.mc.outbox.sendDue()
    expect(receiver.received).toEqual([])
    const task = unwrap(await h.admin.tasks.create(TASK))
    await h.mc.outbox.sendDue()
    expect(receiver.received.map(({ body }) => JSON.parse(body).taskId)).toEqual([task.id])
    unwrap(await h.admin.webhooks.delete({ webhookId }))
    unwrap(await h.admin.tasks.create(TASK))
    await h.mc.outbox.sendDue()
    expect(receiver.received).toHaveLength(1)
    expect(await h.admin.webhooks.get({ webhookId })).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
  })

  test('has filters that select something', async () => {
    const { h, receiver } = await scene()
    const refused = await h.admin.webhooks.create({ url: receiver.url, events: ['task.*', 'tusk.created', 'task'] })
    expect(refused.ok ? [] : refused.error.errors?.map(({ field }) => field)).toEqual(['events.1', 'events.2'])
  })

  test('of another project does not exist', async () => {
    const { h, receiver } = await scene()
    const other = unwrap(await h.admin.projects.create({ name: 'Other', slug: 'other' }))
    const { webhook } = unwrap(await h.admin.webhooks.create({ projectId: other.id, url: receiver.url, events: ['*'] }))
    unwrap(await h.admin.tasks.create(TASK))
    await h.mc.outbox.sendDue()
    expect(receiver.received.map(({ body }) => JSON.parse(body).projectId)).not.toContain(h.projectId)
    const answer = await h.admin.webhooks.get({ webhookId: webhook.id })
    expect(answer).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
  })
})

describe('R-98: a failing webhook', () => {
  test('is tried six times at growing distances, then given up with an alert, and can be replayed', async () => {
    const { h, receiver } = await scene()
    receiver.answer = { status: 500, body: 'no'.repeat(100_000) }
    const { webhook } = unwrap(await h.admin.webhooks.create({ url: receiver.url, events: ['task.created'] }))
    unwrap(await h.admin.tasks.create(TASK))
    const webhookId = webhook.id
    const times: number[] = []
    for (let minute = 0; minute < 14 * 60 && times.length < 6; minute++) {
      const before = receiver.received.length
      await h.mc.outbox.sendDue()
      if (receiver.received.length > before) times.push(minute)
      h.clock.advance(60_000)
    }
    expect(times).toHaveLength(6)
    const gaps = times.slice(1).map((minute, index) => minute - (times[index] ?? 0))
    expect(gaps[1]).toBeGreaterThanOrEqual(4)
    expect(gaps[3]).toBeGreaterThanOrEqual(96)
    expect(gaps[4]).toBeGreaterThanOrEqual(384)
    expect(gaps[4]).toBeLessThanOrEqual(577)
    const [delivery] = unwrap(await h.admin.webhooks.deliveries({ webhookId, status: 'FAILED' })).data
    expect(delivery).toMatchObject({ attempts: 6, nextAttemptAt: null, lastStatus: 500, lastError: 'answered 500' })
    const alerts = unwrap(await h.admin.alerts.list({})).data
    expect(alerts.map(({ type }) => type)).toContain('NOTIFICATION_FAILED')
    receiver.answer = { status: 200 }
    unwrap(await h.admin.webhooks.replay({ webhookId, deliveryId: delivery?.id ?? '' }))
    expect(await h.mc.outbox.sendDue()).toMatchObject({ sent: 1 })
  })

  test('is disabled after five days without a success, and not before', async () => {
    const { h, receiver } = await scene()
    receiver.answer = { status: 503 }
    const { webhook } = unwrap(await h.admin.webhooks.create({ url: receiver.url, events: ['task.created'] }))
    const webhookId = webhook.id
    const state = async () => unwrap(await h.admin.webhooks.get({ webhookId })).status
    for (let hour = 0; hour < 119; hour++) {
      if (hour % 24 === 0) unwrap(await h.admin.tasks.create(TASK))
      await h.mc.outbox.sendDue()
      h.clock.advance(HOUR_MS)
    }
    expect(await state()).toBe('ACTIVE')
    h.clock.advance(2 * HOUR_MS)
    unwrap(await h.admin.tasks.create(TASK))
    await h.mc.outbox.sendDue()
    await h.mc.outbox.sendDue()
    expect(await state()).toBe('DISABLED')
    const before = receiver.received.length
    unwrap(await h.admin.tasks.create(TASK))
    await h.mc.outbox.sendDue()
    expect(receiver.received).toHaveLength(before)
  })

  test('is given up with one alert when hosts die in the middle of the last attempts', async () => {
    const { h, receiver } = await scene()
    const { webhook } = unwrap(await h.admin.webhooks.create({ url: receiver.url, events: ['task.created'] }))
    const given = { projectId: h.projectId, webhookId: webhook.id }
    const messages = ['evt_1', 'evt_2', 'evt_3'].map((eventId) => ({ eventId, eventType: 'task.created', body: '{}' }))
    unwrap(await h.mc.system.webhooks.queue({ ...given, after: null, upTo: 'x', messages }))
    const deliveryIds = unwrap(await h.admin.webhooks.deliveries({ webhookId: webhook.id })).data.map(({ id }) => id)
    for (let attempt = 0; attempt < 6; attempt++) {
      unwrap(await h.mc.system.webhooks.lease({ ...given, deliveryIds, leaseMs: 1000 }))
      h.clock.advance(1000)
    }
    expect(unwrap(await h.mc.system.webhooks.lease({ ...given, deliveryIds, leaseMs: 1000 })).leased).toEqual([])
    const after = unwrap(await h.admin.webhooks.deliveries({ webhookId: webhook.id })).data
    expect(after.map(({ status }) => status)).toEqual(['FAILED', 'FAILED', 'FAILED'])
    expect(unwrap(await h.admin.alerts.list({})).data).toHaveLength(1)
  })

  test('is not told of its own failures, which would make the next message for ever', async () => {
    const { h, receiver } = await scene()
    receiver.answer = { status: 500 }
    unwrap(await h.admin.webhooks.create({ url: receiver.url, events: ['notification.*', 'task.created'] }))
    unwrap(await h.admin.tasks.create(TASK))
    for (let hour = 0; hour < 30; hour++) {
      await h.mc.outbox.sendDue()
      h.clock.advance(HOUR_MS)
    }
    expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })

  test('that answers with a redirect is not followed', async () => {
    const { h, receiver } = await scene()
    const elsewhere = await createReceiver()
    opened.push(elsewhere)
    receiver.answer = { status: 307, headers: { location: elsewhere.url } }
    const { webhook } = unwrap(await h.admin.webhooks.create({ url: receiver.url, events: ['task.created'] }))
    unwrap(await h.admin.tasks.create(TASK))
    expect(await h.mc.outbox.sendDue()).toMatchObject({ failed: 1 })
    expect(elsewhere.received).toEqual([])
    const [delivery] = unwrap(await h.admin.webhooks.deliveries({ webhookId: webhook.id })).data
    expect(delivery).toMatchObject({ status: 'PENDING', lastStatus: 307 })
  })
})

describe('R-98: an address that is not public', () => {
  const PRIVATE = [
    'http://receiver.example.com/',
    'https://127.0.0.1/',
    'https://10.1.2.3/hook',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://localhost/',
    'https://metadata.google.internal/',
    'https://user:word@receiver.example.com/',
    'ftp://receiver.example.com/',
    'https://receiver.example.com\\@127.0.0.1/',
  ]

  test('is refused when a webhook is saved, and nothing is stored', async () => {
    const h = await overHttp(false)
    for (const url of PRIVATE) {
      const made = await h.ask('POST', 'P/webhooks', { body: { url, events: ['*'] }, headers: once() })
      expect([url, made.status, made.json.errors?.[0]?.field]).toEqual([url, 400, 'url'])
    }
    expect((await h.ask('GET', 'P/webhooks')).json.data).toEqual([])
    const body = { url: 'https://receiver.example.com/hook', events: ['*'] }
    const made = await h.ask('POST', 'P/webhooks', { body, headers: once() })
    expect(made.status).toBe(201)
    const { id, version } = made.json.webhook
    const moved = await h.ask('PATCH', `P/webhooks/${id}`, {
      body: { url: 'https://10.0.0.1/' },
      headers: { 'if-match': `"${version}"` },
    })
    expect(moved.status).toBe(400)
  })

  const post = { id: 'evt_1', sentAt: Date.now(), body: '{}', secrets: [SECRETS.secretOf('k1/a/1') ?? ''] }
  const { signal } = new AbortController()

  test('is refused when a message is sent, whatever was saved', async () => {
    const carrier = createWebhookCarrier()
    for (const url of PRIVATE) {
      expect(await carrier.send({ ...post, url, signal })).toMatchObject({
        status: null,
        error: expect.stringContaining('refused'),
      })
    }
  })

  test('is refused when a name leads there, also beside a public one, and the name is asked once per connection', async () => {
    const receiver = await createReceiver()
    opened.push(receiver)
    const { port } = new URL(receiver.url)
    for (const addresses of [['127.0.0.1'], ['93.184.216.34', '127.0.0.1'], ['169.254.169.254'], ['fd00::1'], []]) {
      let asked = 0
      const carrier = createWebhookCarrier({
        resolve: async () => {
          asked++
          return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
        },
      })
      const answer = await carrier.send({ ...post, url: `https://receiver.example.com:${port}/`, signal })
      expect([addresses, answer.status, asked]).toEqual([addresses, null, 1])
      expect(answer.error).toContain('refused')
    }
    expect(receiver.received).toEqual([])
  })

  test('cannot be reached by a name that moves between check and connection', async () => {
    const receiver = await createReceiver()
    opened.push(receiver)
    const { port } = new URL(receiver.url)
    const answers = ['127.0.0.1', '192.0.2.1']
    const carrier = createWebhookCarrier({
      allowsPrivateTargets: true,
      resolve: async () => [{ address: answers.shift() ?? '', family: 4 }],
    })
    // The connection goes to the first answer, the one that was judged; a second look would find nobody.
    const answer = await carrier.send({ ...post, url: `http://moving.example.com:${port}/`, signal })
    expect(answer).toEqual({ status: 204, error: null })
    expect(answers).toEqual(['192.0.2.1'])
  })
})

describe('R-11: the secret of a webhook', () => {
  test('is shown once, and by no list, log, repeat of the request, or store', async () => {
    const h = await overHttp(true)
    const receiver = await createReceiver()
    opened.push(receiver)
    const headers = once()
    const body = { url: receiver.url, events: ['*'] }
    const made = await h.ask('POST', 'P/webhooks', { body, headers })
    const { secret, webhook } = made.json
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    const again = await h.ask('POST', 'P/webhooks', { body, headers })
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    const seen = [
      again.json,
      (await h.ask('GET', 'P/webhooks')).json,
      (await h.ask('GET', `P/webhooks/${webhook.id}`)).json,
      (await h.ask('GET', 'P/events')).json,
      await h.storage.load({ records: [{ kind: 'webhook', id: webhook.id }] }),
    ]
    const files = await h.mc.record.export({ projectId: h.projectId, format: 'JSON' })
    expect(JSON.stringify([seen, files])).not.toContain(secret.slice('whsec_'.length, -1))
  })

  test('and the webhook itself are for ADMINs', async () => {
    const { h, receiver } = await scene()
    const { webhook } = unwrap(await h.admin.webhooks.create({ url: receiver.url, events: ['*'] }))
    const agent = await h.agent({ role: 'LEAD', isCao: true })
    for (const client of [agent.client, await h.operator(), await h.viewer()]) {
      const answers = [
        await client.webhooks.list({}),
        await client.webhooks.create({ url: receiver.url, events: ['*'] }),
        await client.webhooks.rotateSecret({ webhookId: webhook.id }),
      ]
      expect(answers.map((answer) => (answer.ok ? 'ok' : answer.error.code))).toEqual(Array(3).fill('FORBIDDEN'))
    }
  })
})
