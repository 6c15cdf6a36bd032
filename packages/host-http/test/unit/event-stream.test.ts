import { eventType } from '@mission-control/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttpHarness, type HttpHarness, once, TASK } from './http-harness.ts'
import { readStream, type StreamClient } from './stream-client.ts'

const QUICK = { pingMs: 40, recheckMs: 40, reconnectMs: 20, streamsPerKeyMax: 3 }

let h: HttpHarness
const open: StreamClient[] = []
beforeEach(async () => {
  h = await createHttpHarness(QUICK)
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((stream) => stream.leave()))
  await h.close()
})

async function stream(query = '', asked: Parameters<HttpHarness['request']>[2] = {}): Promise<StreamClient> {
  const response = await h.handler(h.request('GET', `P/events/stream${query}`, asked))
  expect(response.status).toBe(200)
  const client = readStream(response)
  open.push(client)
  return client
}

async function createTask(title: string = TASK.title): Promise<{ id: string; version: number }> {
  return (await h.ask('POST', 'P/tasks', { body: { ...TASK, title }, headers: once() })).json
}

async function logged(): Promise<{ cursor: string; kind: Parameters<typeof eventType>[0]; taskId: string | null }[]> {
  return (await h.ask('GET', 'P/events?limit=200')).json.data
}

async function take(client: StreamClient, count: number) {
  const taken = []
  while (taken.length < count) taken.push(await client.next())
  return taken
}

describe('the stream', () => {
  test('begins at the beginning and gives every event once, in the order of the log', async () => {
    await createTask('one')
    const client = await stream()
    expect(client.response.headers.get('content-type')).toBe('text/event-stream')
    await createTask('two')
    const log = await logged()
    const given = await take(client, log.length)
    expect(given.map((message) => message?.id)).toEqual(log.map(({ cursor }) => cursor))
    expect(given.map((message) => message?.event.type)).toEqual(log.map(({ kind }) => eventType(kind)))
  })

  test('puts each event into an envelope without what does not apply', async () => {
    const client = await stream('?after=now')
    const task = await createTask()
    const message = await client.next()
    expect(message?.event).toMatchObject({
      type: 'task.created',
      source: `/v1/projects/${h.projectId}`,
      subject: `task/${task.id}`,
      projectId: h.projectId,
      taskId: task.id,
      actor: { kind: 'HUMAN', role: 'ADMIN' },
    })
    expect(Object.keys(message?.event)).not.toContain('runId')
    expect(Object.keys(message?.event)).not.toContain('cursor')
  })

  test('tells first how soon to come again, and where it begins', async () => {
    await createTask()
    const last = (await logged()).at(-1)?.cursor
    expect(await (await stream('?after=now')).nextMessage()).toEqual({ id: last, data: '', retryMs: 20 })
    expect(await (await stream()).nextMessage()).toEqual({ id: null, data: '', retryMs: 20 })
  })

  test('resumes after the last event that was seen, whatever the URL of the first visit says', async () => {
    const first = await stream()
    await createTask('one')
    await createTask('two')
    const before = await logged()
    const seen = await take(first, before.length - 1)
    await first.leave()
    await createTask('three')
    const log = await logged()
    const lastEventId = seen.at(-1)?.id ?? ''
    const byHeader = await stream('?after=now', { headers: { 'last-event-id': lastEventId } })
    const byQuery = await stream(`?after=${lastEventId}`)
    for (const resumed of [byHeader, byQuery]) {
      const rest = await take(resumed, log.length - seen.length)
      expect([...seen, ...rest].map((message) => message?.id)).toEqual(log.map(({ cursor }) => cursor))
    }
  })

  test('gives only what is asked for, and moves a silent reader on', async () => {
    const watched = await createTask('watched')
    const byTask = await stream(`?after=now&taskId=${watched.id}`)
    const byKind = await stream('?after=now&kinds=message.posted,TASK_UPDATED')
    expect((await byKind.nextMessage())?.id).toBe((await logged()).at(-1)?.cursor)
    await createTask('not watched')
    // A ping tells how far the log was looked through, so that coming again is cheap.
    let told = await byKind.nextMessage()
    while (told?.id !== (await logged()).at(-1)?.cursor) told = await byKind.nextMessage()
    expect(told?.data).toBe('')
    await h.ask('PATCH', `P/tasks/${watched.id}`, { body: { priority: 1 }, headers: { 'if-match': '*' } })
    expect((await byTask.next())?.event).toMatchObject({ type: 'task.updated', taskId: watched.id })
    expect((await byKind.next())?.event).toMatchObject({ type: 'task.updated', taskId: watched.id })
  })

  test('carries events that wait together in one piece', async () => {
    for (let count = 0; count < 20; count++) await createTask(`task ${count}`)
    const response = await h.handler(h.request('GET', 'P/events/stream'))
    const reader = response.body?.getReader()
    await reader?.read()
    const piece = await reader?.read()
    const text = new TextDecoder().decode(piece?.value)
    expect(text.match(/^event: /gm)?.length).toBe((await logged()).length)
    await reader?.cancel()
  })

  test('does not run ahead of a reader who does not read', async () => {
    const asked: number[] = []
    const small = await createHttpHarness({ streamBufferBytes: 2000, pingMs: 5, recheckMs: 60_000 })
    const { authenticate } = small.mc
    small.mc.authenticate = async (token, context) => {
      const known = await authenticate(token, context)
      if (!known.ok) return known
      const watch = (request?: Parameters<typeof known.data.watch>[0]) => counted(known.data.watch(request), asked)
      return { ok: true, data: { ...known.data, watch } }
    }
    for (let count = 0; count < 40; count++) await small.ask('POST', 'P/tasks', { body: TASK, headers: once() })
    const response = await small.handler(small.request('GET', 'P/events/stream'))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.length).toBeLessThan(15)
    await response.body?.cancel()
    await small.close()
  })
})

async function* counted<T>(events: AsyncIterable<T>, asked: number[]): AsyncGenerator<T> {
  for await (const event of events) {
    asked.push(asked.length)
    yield event
  }
}

describe('a stream is refused before its first byte', () => {
  test.each([
    ['an unknown field', '?token=x', {}, 400, 'VALIDATION'],
    ['an unknown kind', '?kinds=task.created,task.dreamed', {}, 400, 'VALIDATION'],
    ['a field twice', '?after=now&after=now', {}, 400, 'VALIDATION'],
    ['a foreign place', '?after=yesterday', {}, 400, 'CURSOR_INVALID'],
    ['a foreign Last-Event-ID', '', { headers: { 'last-event-id': '42' } }, 400, 'CURSOR_INVALID'],
    ['no key', '', { key: null }, 401, 'UNAUTHENTICATED'],
  ] as const)('%s', async (_, query, asked, status, code) => {
    expect(await h.ask('GET', `P/events/stream${query}`, asked)).toMatchObject({ status, json: { code } })
  })

  test('more streams than one key may have', async () => {
    const streams = await Promise.all([stream(), stream(), stream()])
    const refused = await h.ask('GET', 'P/events/stream')
    expect(refused).toMatchObject({ status: 429, json: { code: 'RATE_LIMITED', retryAfterMs: 20 } })
    expect(refused.headers.get('retry-after')).toBe('1')
    const agent = await h.agent()
    await stream('', { key: agent.key })
    await streams[0]?.leave()
    await stream()
  })
})

describe('a stream ends', () => {
  test('when its key is revoked', async () => {
    const viewer = await h.ask('POST', '/v1/principals', {
      body: { displayName: 'Vera', role: 'VIEWER', projectIds: [h.projectId] },
      headers: once(),
    })
    const { key, principal } = viewer.json
    const client = await stream('?after=now', { key })
    const keys = await h.ask('GET', `/v1/keys?principalId=${principal.id}`)
    expect((await h.ask('POST', `/v1/keys/${keys.json.data[0].id}/revoke`, { body: {} })).status).toBe(200)
    expect(await client.next()).toBeNull()
    expect((await h.ask('GET', 'P/events/stream', { key })).status).toBe(401)
  })

  test('when the host drains, which then opens no other', async () => {
    const client = await stream('?after=now')
    h.handler.drain()
    expect(await client.next()).toBeNull()
    expect(await h.ask('GET', 'P/events/stream')).toMatchObject({ status: 503, json: { code: 'UNAVAILABLE' } })
    expect((await h.ask('GET', 'P/tasks')).status).toBe(200)
  })

  test('when the request is aborted', async () => {
    const leaving = new AbortController()
    const request = new Request(h.request('GET', 'P/events/stream?after=now'), { signal: leaving.signal })
    const client = readStream(await h.handler(request))
    await client.nextMessage()
    leaving.abort()
    expect(await client.next()).toBeNull()
  })
})
