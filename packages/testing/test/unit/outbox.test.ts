import {
  type ApprovalChannel,
  type CardDecision,
  createMissionControl,
  type Delivery,
  type DeliveryResult,
  type Notification,
  type NotificationChannel,
  unwrap,
} from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { createFakeIds } from '../../src/fake-ids.ts'
import { BEAT, codeOf, createTask, eventKinds, MINUTE_MS, type Scene, scene } from './scene.ts'

const DAY_MS = 24 * 60 * MINUTE_MS
const ALERT = { type: 'SYSTEM_ERROR', severity: 'ERROR', title: 'Disk full', description: 'no room left' } as const
const SENT: DeliveryResult = { status: 'SENT', externalId: 'x1' }
const DOWN: DeliveryResult = { status: 'FAILED', error: 'status 503', statusCode: 503 }

/** A channel that keeps what it is given and answers as it is told. */
function fakeChannel(answer: (delivery: Delivery) => DeliveryResult | Promise<DeliveryResult> = () => SENT) {
  const given: Delivery[] = []
  const channel: NotificationChannel = {
    channel: 'TELEGRAM',
    send: async (delivery) => {
      given.push(delivery)
      return answer(delivery)
    },
  }
  return { channel, given, titles: () => given.map(({ notification }) => notification.title) }
}

async function outboxOf({ h, storage }: Scene): Promise<readonly Notification[]> {
  const { rows } = await storage.queries.page({
    kind: 'notification',
    projectId: h.projectId,
    filters: [{ field: 'channel', op: 'eq', value: 'TELEGRAM' }],
    order: [{ field: 'createdAt', direction: 'asc' }],
    limit: 200,
  })
  return rows
}

describe('the heartbeat', () => {
  test('R-35: of 45 notes 30 are acknowledged and 15 still come, the oldest first', async () => {
    const { h } = await scene()
    const [author, reader] = [await h.agent({ name: 'Author' }), await h.agent({ name: 'Reader' })]
    const task = await createTask(h)
    for (let at = 0; at < 45; at++) {
      unwrap(await author.client.messages.post({ taskId: task.id, content: `@Reader ${at}` }))
      h.clock.advance(10)
    }
    const first = unwrap(await reader.client.agents.heartbeat(BEAT)).notifications
    expect(first.map(({ body }) => body)).toEqual(Array.from({ length: 45 }, (_, at) => `@Reader ${at}`))
    unwrap(await reader.client.notifications.ack({ ids: first.slice(0, 30).map(({ id }) => id) }))
    const rest = unwrap(await reader.client.agents.heartbeat(BEAT)).notifications
    expect(rest.map(({ body }) => body)).toEqual(Array.from({ length: 15 }, (_, at) => `@Reader ${at + 30}`))
    const other = unwrap(await author.client.notifications.ack({ ids: rest.map(({ id }) => id) }))
    expect(other.acknowledged).toEqual([])
  })

  test('shows new notes behind any number of old ones, and pages on through all that still hold', async () => {
    const { h } = await scene()
    const [author, reader] = [await h.agent({ name: 'Author' }), await h.agent({ name: 'Reader' })]
    const task = await createTask(h)
    const write = async (count: number) => {
      for (let at = 0; at < count; at++) {
        unwrap(await author.client.messages.post({ taskId: task.id, content: `@Reader ${at}` }))
        h.clock.advance(5 * MINUTE_MS)
      }
    }
    const beat = async (cursor?: string) =>
      unwrap(await reader.client.agents.heartbeat(cursor === undefined ? BEAT : { ...BEAT, cursor }))
    await write(210)
    h.clock.advance(60 * DAY_MS)
    await write(60)
    const first = await beat()
    expect(first.notifications.map(({ body }) => body)).toEqual(Array.from({ length: 50 }, (_, at) => `@Reader ${at}`))
    const second = await beat(first.notificationsCursor ?? '')
    expect(second.notifications.map(({ body }) => body)).toEqual(
      Array.from({ length: 10 }, (_, at) => `@Reader ${at + 50}`),
    )
    expect(second.notificationsCursor).toBeNull()
    expect(first.subscribedThreads).toEqual([{ taskId: task.id, newMessages: 200 }])
  })
})

describe('the sender', () => {
  test('R-90: a note that names no agent reaches the operators, once, with an event', async () => {
    const { channel, given } = fakeChannel()
    const made = await scene({ channels: [channel] })
    unwrap(await made.ann.alerts.raise(ALERT))
    expect(await made.h.mc.outbox.sendDue()).toEqual({ sent: 1, failed: 0, updated: 0 })
    expect(await made.h.mc.outbox.sendDue()).toEqual({ sent: 0, failed: 0, updated: 0 })
    const [delivery] = given
    expect(delivery?.notification).toMatchObject({ targetKind: 'OPERATORS', title: 'ERROR: Disk full' })
    expect(delivery?.idempotencyKey).toBe(delivery?.notification.id)
    expect((await outboxOf(made)).map(({ status, attempts, externalId }) => [status, attempts, externalId])).toEqual([
      ['SENT', 1, 'x1'],
    ])
    expect(await eventKinds(made)).toContain('NOTIFICATION_SENT')
  })

  test('five attempts, each later than the one before, then an alert; a replay sends it and clears the alert', async () => {
    let answer: DeliveryResult = DOWN
    const { channel, given } = fakeChannel(() => answer)
    const made = await scene({ channels: [channel] })
    const { h, ann } = made
    unwrap(await ann.alerts.raise(ALERT))
    const startAt = h.clock.now()
    const at: number[] = []
    for (let second = 0; second < 600; second += 5) {
      const before = given.length
      await h.mc.outbox.sendDue()
      if (given.length > before && given.at(-1)?.notification.title === 'ERROR: Disk full') {
        at.push((h.clock.now() - startAt) / 1000)
      }
      h.clock.advance(5_000)
    }
    const waits = at.map((second, index) => second - (at[index - 1] ?? 0))
    expect(waits).toHaveLength(5)
    for (const [index, base] of [0, 30, 60, 120, 240].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(base * 0.8)
      expect(waits[index]).toBeLessThanOrEqual(base * 1.2 + 5)
    }
    const open = unwrap(await ann.alerts.list({ status: 'OPEN' })).data
    expect(open.map(({ type }) => type).sort()).toEqual(['NOTIFICATION_FAILED', 'SYSTEM_ERROR'])
    expect(await eventKinds(made)).toContain('NOTIFICATION_FAILED')
    const failed = (await outboxOf(made)).find(({ status }) => status === 'FAILED')
    answer = SENT
    unwrap(await ann.notifications.replay({ notificationId: failed?.id ?? '' }))
    await h.mc.outbox.sendDue()
    expect((await outboxOf(made)).find(({ id }) => id === failed?.id)?.status).toBe('SENT')
    expect(unwrap(await ann.alerts.list({ status: 'OPEN' })).data.map(({ type }) => type)).toEqual(['SYSTEM_ERROR'])
    expect(codeOf(await ann.notifications.replay({ notificationId: failed?.id ?? '' }))).toBe('ALREADY_DECIDED')
  })

  test('a refusal is final at once, and Retry-After is heeded', async () => {
    const { channel, given } = fakeChannel(({ notification: { title, attempts } }) =>
      title.includes('Disk')
        ? { status: 'FAILED', error: 'status 403', statusCode: 403 }
        : attempts === 1
          ? { status: 'FAILED', error: 'slow down', statusCode: 429, retryAfterMs: 20 * MINUTE_MS }
          : SENT,
    )
    const made = await scene({ channels: [channel] })
    const { h, ann } = made
    unwrap(await ann.alerts.raise(ALERT))
    unwrap(await ann.alerts.raise({ ...ALERT, title: 'Slow' }))
    await h.mc.outbox.sendDue()
    const byTitle = async (title: string) => (await outboxOf(made)).find((note) => note.title === title)
    expect((await byTitle('ERROR: Disk full'))?.status).toBe('FAILED')
    h.clock.advance(19 * MINUTE_MS)
    await h.mc.outbox.sendDue()
    expect((await byTitle('ERROR: Slow'))?.attempts).toBe(1)
    h.clock.advance(2 * MINUTE_MS)
    await h.mc.outbox.sendDue()
    expect((await byTitle('ERROR: Slow'))?.status).toBe('SENT')
    expect(given.filter(({ notification }) => notification.title === 'ERROR: Disk full')).toHaveLength(1)
  })

  test('two hosts never send the same note, and a host that dies with it gives way', async () => {
    const slow = fakeChannel(() => new Promise((resolve) => setTimeout(() => resolve(SENT), 20)))
    const other = fakeChannel()
    const made = await scene({ channels: [slow.channel] })
    const { h, ann, storage } = made
    const second = createMissionControl({
      storage,
      ids: createFakeIds({ now: () => h.clock.now() + 1 }),
      channels: [other.channel],
    })
    for (let at = 0; at < 20; at++) unwrap(await ann.alerts.raise({ ...ALERT, title: `Disk ${at}` }))
    await Promise.all([h.mc.outbox.sendDue(), second.outbox.sendDue()])
    const titles = [...slow.titles(), ...other.titles()]
    expect(titles).toHaveLength(20)
    expect(new Set(titles).size).toBe(20)
    const raised = unwrap(await ann.alerts.raise({ ...ALERT, title: 'The last' }))
    const note = (await outboxOf(made)).find(({ subject }) => subject === `alert/${raised.id}`)
    const lease = { projectId: h.projectId, notificationIds: [note?.id ?? ''], leaseMs: 60_000 }
    expect(unwrap(await h.mc.system.notifications.lease(lease)).leased).toHaveLength(1)
    expect(await second.outbox.sendDue()).toMatchObject({ sent: 0 })
    h.clock.advance(60_000)
    expect(await second.outbox.sendDue()).toMatchObject({ sent: 1 })
  })

  test('equal notes within five minutes are one; the end of a thing is news, and so is the same one later', async () => {
    const { channel, titles } = fakeChannel()
    const made = await scene({ channels: [channel] })
    const { h, ann } = made
    for (let time = 0; time < 3; time++) {
      const alert = unwrap(await ann.alerts.raise(ALERT))
      unwrap(await ann.alerts.resolve({ alertId: alert.id, note: 'gone' }))
      h.clock.advance(10_000)
    }
    for (let round = 0; round < 4; round++) {
      await h.mc.outbox.sendDue()
      h.clock.advance(6_000)
    }
    expect(titles().sort()).toEqual(['Cleared: Disk full', 'ERROR: Disk full'])
    h.clock.advance(6 * MINUTE_MS)
    unwrap(await ann.alerts.raise(ALERT))
    await h.mc.outbox.sendDue()
    expect(titles()).toHaveLength(3)
  })

  test('what nobody could send in a day is expired', async () => {
    const made = await scene()
    const { h, ann } = made
    const reader = await h.agent({ name: 'Reader' })
    const task = await createTask(h)
    unwrap(await ann.messages.post({ taskId: task.id, content: '@Reader and @operator' }))
    await h.mc.outbox.sendDue()
    h.clock.advance(DAY_MS)
    await h.mc.outbox.sendDue()
    expect(new Set((await outboxOf(made)).map(({ status }) => status))).toEqual(new Set(['EXPIRED']))
    expect(unwrap(await reader.client.agents.heartbeat(BEAT)).notifications).toEqual([])
  })

  test('is for the host itself', async () => {
    const { h, ann } = await scene()
    const lease = { notificationIds: ['ntf_1'], leaseMs: 60_000 }
    for (const client of [ann, h.admin, (await h.agent()).client]) {
      expect(codeOf(await client.notifications.lease(lease))).toBe('FORBIDDEN')
    }
  })

  test('a request is a card that is decided by its press and told its outcome', async () => {
    let press: ((decision: CardDecision) => Promise<void>) | undefined
    const posted: string[] = []
    const updated: string[][] = []
    const approvals: ApprovalChannel = {
      post: async ({ approval }) => {
        posted.push(approval.id)
        return { status: 'SENT', externalId: 'card-1' }
      },
      update: async (ref, { status }) => void updated.push([ref, status]),
      onDecision: (listener) => {
        press = listener
        return () => {
          press = undefined
        }
      },
    }
    const { channel } = fakeChannel()
    const made = await scene({ channels: [{ ...channel, approvals }] })
    const { h } = made
    const worker = await h.agent()
    const bob = unwrap(
      await h.admin.principals.create({ displayName: 'Bob', role: 'OPERATOR', projectIds: [h.projectId] }),
    )
    const asked = unwrap(
      await worker.client.approvals.request({
        actionType: 'TOOL_CALL',
        justification: 'it is ready',
        payload: { tool: 'http_post', input: { url: 'https://example.com' }, cwd: null },
        rollbackPlan: 'delete it',
      }),
    )
    await h.mc.outbox.sendDue()
    expect(posted).toEqual([asked.id])
    await press?.({
      approvalId: asked.id,
      projectId: h.projectId,
      principalId: bob.principal.id,
      verdict: 'DENY',
      reason: 'no',
    })
    await h.mc.outbox.sendDue()
    await h.mc.outbox.sendDue()
    expect(updated).toEqual([['card-1', 'DENIED']])
  })
})
