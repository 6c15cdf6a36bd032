import {
  CODES,
  connectMissionControl,
  type MissionControlClient,
  MissionControlError,
  type StoredEvent,
} from '@mission-control/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttpTransport } from '../../src/client.ts'
import { createHttpHarness, type HttpHarness, TASK } from './http-harness.ts'

let h: HttpHarness
beforeEach(async () => {
  h = await createHttpHarness({ pingMs: 50, reconnectMs: 20 })
})
afterEach(() => h.close())

/** A way to the host on which a test may do something to each request. */
function connect(
  options: {
    key?: string
    onRequest?: (request: Request, count: number) => Promise<Response | null> | Response | null
  } = {},
) {
  let count = 0
  const requests: Request[] = []
  const transport = createHttpTransport({
    baseUrl: 'http://mc.test',
    fetch: async (request) => {
      requests.push(request.clone())
      count += 1
      return (await options.onRequest?.(request, count)) ?? h.handler(request)
    },
  })
  const client = connectMissionControl({ transport, key: options.key ?? h.adminKey, projectId: h.projectId })
  return { client, requests, transport }
}

describe('the client over HTTP', () => {
  test('answers as the client in process does', async () => {
    const { client } = connect()
    const created = await client.tasks.create(TASK)
    expect(created.ok).toBe(true)
    const taskId = created.ok ? created.data.id : ''
    const both = async (ask: (client: MissionControlClient) => Promise<unknown>) => {
      const [over, within] = [await ask(client), await ask(h.admin)]
      expect(over).toEqual(within)
      return over
    }
    await both((mc) => mc.tasks.get({ taskId }))
    await both((mc) => mc.tasks.list({ status: ['INBOX', 'DONE'], limit: 1 }))
    await both((mc) => mc.events.list({ taskId, newestFirst: true }))
    await both((mc) => mc.projects.list({}))
    await both((mc) => mc.projects.stats({}))
  })

  test('says when an answer is a stored one, over HTTP as within', async () => {
    const { client } = connect()
    for (const mc of [client, h.admin]) {
      let replays = 0
      const context = { idempotencyKey: `once-${mc === client}`, onReplay: () => void replays++ }
      const first = await mc.tasks.create(TASK, context)
      expect([first.ok, replays]).toEqual([true, 0])
      expect(await mc.tasks.create(TASK, context)).toEqual(first)
      expect(replays).toBe(1)
      expect(await mc.tasks.create({ ...TASK, title: 'Other' }, context)).toMatchObject({ ok: false })
      expect(replays).toBe(1)
    }
  })

  test('carries a squad through a task', async () => {
    const agent = await h.agent({ allowedTaskTypes: ['OPS'] })
    const { client } = connect({ key: agent.key })
    const created = await h.admin.tasks.create(TASK)
    const taskId = created.ok ? created.data.id : ''
    const beat = await client.agents.heartbeat({ sessionKey: 's', health: 'IDLE', currentTaskId: null })
    expect(beat).toMatchObject({ ok: true, data: { directive: 'CONTINUE', claimable: [{ id: taskId }] } })
    const claimed = await client.tasks.claim({ taskId })
    const epoch = claimed.ok ? claimed.data.epoch : -1
    const bullets = ['Look at the files', 'Count each of them', 'Write down the number']
    expect(await client.tasks.start({ taskId, epoch, workPlan: { bullets } })).toMatchObject({
      ok: true,
      data: { status: 'IN_PROGRESS' },
    })
    const start = () => client.runs.start({ taskId, epoch, sessionKey: 's', model: 'a-model-without-a-price' })
    const asked = await start()
    expect(asked).toMatchObject({
      ok: false,
      error: { code: 'APPROVAL_REQUIRED', approvalIds: [expect.stringMatching(/^apr_/)] },
    })
    const approvalId = asked.ok ? '' : (asked.error.approvalIds?.[0] ?? '')
    const decided = await connect().client.approvals.decide({ approvalId, verdict: 'APPROVE', reason: 'a cheap one' })
    expect(decided).toMatchObject({ ok: true, data: { status: 'APPROVED' } })
    const started = await start()
    expect(started).toMatchObject({ ok: true, data: { run: { taskId, agentId: agent.id } } })
    const runId = started.ok ? started.data.run.id : ''
    const gated = await client.toolCalls.gate({
      runId,
      epoch,
      sessionKey: 's',
      tool: 'read_file',
      input: { path: 'src/a.ts' },
    })
    expect(gated).toMatchObject({ ok: true, data: { decision: 'ALLOW' } })
    const toolCallId = gated.ok ? gated.data.toolCallId : ''
    expect(await client.toolCalls.begin({ toolCallId, epoch })).toMatchObject({ ok: true })
    expect(await client.toolCalls.end({ toolCallId, epoch, status: 'SUCCESS' })).toMatchObject({ ok: true })
    expect(await client.runs.complete({ runId, epoch })).toMatchObject({ ok: true, data: { run: { id: runId } } })
    expect(await client.runs.complete({ runId, epoch })).toMatchObject({
      ok: false,
      error: { code: 'RUN_CLOSED', status: 'COMPLETED' },
    })
    expect(await client.tasks.complete({ taskId, epoch, deliverable: '# 12 files' })).toMatchObject({
      ok: true,
      data: { status: 'REVIEW' },
    })
  })

  test('says no in the same words', async () => {
    const agent = await h.agent()
    const other = await h.agent()
    const { client } = connect({ key: agent.key })
    const created = await h.admin.tasks.create(TASK)
    const taskId = created.ok ? created.data.id : ''
    await other.client.tasks.claim({ taskId })
    const asks: ((mc: MissionControlClient) => Promise<unknown>)[] = [
      (mc) => mc.tasks.claim({ taskId }),
      (mc) => mc.tasks.get({ taskId: 'tsk_none' }),
      (mc) => mc.tasks.transition({ taskId, to: 'DONE', expectedVersion: 2 }),
      (mc) => mc.tasks.transition({ taskId, to: 'DONE', expectedVersion: 1 }),
      (mc) => mc.tasks.create({ ...TASK, title: '' }),
      (mc) => mc.tasks.list({ limit: 1000 }),
      (mc) => mc.projects.create({ name: 'x', slug: 'x' }),
      (mc) => mc.projects.get({ project: 'nowhere' }),
    ]
    for (const ask of asks) {
      const [over, within] = [(await ask(client)) as { error: object }, await ask(agent.client)]
      const { traceId, ...error } = over.error as { traceId: string }
      expect({ ok: false, error }).toEqual(within)
      expect(traceId).toMatch(/./)
    }
    const wrongKey = connect({ key: 'mc_live_00000000000000000000000000_0000000000000000000000000000000000' })
    expect(await wrongKey.client.tasks.list({})).toMatchObject({ ok: false, error: { code: 'UNAUTHENTICATED' } })
  })

  test('sends nowhere what is no id', async () => {
    const { client, requests } = connect()
    for (const taskId of ['..', '.', '']) {
      expect(await client.tasks.get({ taskId })).toMatchObject({
        ok: false,
        error: { code: 'VALIDATION', errors: [{ field: 'taskId' }] },
      })
    }
    expect(requests).toHaveLength(0)
    expect(await client.tasks.get({ taskId: 'a/b?c#d' })).toMatchObject({ ok: false, error: { code: 'VALIDATION' } })
    expect(await client.tasks.get({ taskId: 'a/../b' })).toMatchObject({ ok: false, error: { code: 'NOT_FOUND' } })
  })

  test('leaves to the path what the input leaves out', async () => {
    const agent = await h.agent()
    const { client } = connect()
    const set = await client.budgets.set({ scopeType: 'AGENT', scopeId: agent.id, capMicros: 1_000_000 })
    expect(set).toMatchObject({ ok: true, data: { cap: 1_000_000 } })
  })
})

describe('when the way is bad', () => {
  test('a lost answer costs no second effect: the same key is sent again', async () => {
    const { client, requests } = connect({
      onRequest: async (request, count) => {
        if (count > 1) return null
        await h.handler(request)
        throw new TypeError('fetch failed')
      },
    })
    expect(await client.tasks.create({ ...TASK, title: 'Once' })).toMatchObject({ ok: true })
    const keys = requests.map((request) => request.headers.get('idempotency-key'))
    expect(keys).toHaveLength(2)
    expect(keys[0]).toBe(keys[1])
    const listed = await h.admin.tasks.list({})
    expect(listed.ok && listed.data.data.filter(({ title }) => title === 'Once')).toHaveLength(1)
  })

  test('what cannot be repeated safely is not, and what came of it is not claimed to be known', async () => {
    const agent = await h.agent()
    const { client, requests } = connect({
      key: agent.key,
      onRequest: () => {
        throw new TypeError('fetch failed')
      },
    })
    const claiming = client.tasks.claim({ taskId: 'tsk_1' })
    await expect(claiming).rejects.toMatchObject({ code: 'UNAVAILABLE', hint: expect.stringContaining('not known') })
    expect(requests).toHaveLength(1)
  })

  test('a host that asks for patience is given it', async () => {
    const at: number[] = []
    const { client } = connect({
      onRequest: (_, count) => {
        at.push(Date.now())
        return count === 1 ? new Response('{}', { status: 503, headers: { 'retry-after': '1' } }) : null
      },
    })
    expect(await client.tasks.list({})).toMatchObject({ ok: true })
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(990)
  })

  test.each([
    [
      'a fault of the host',
      500,
      { 'content-type': 'application/problem+json' },
      JSON.stringify({ code: 'INTERNAL', title: 't', detail: 'd', hint: 'h' }),
      'INTERNAL',
    ],
    ['a proxy', 500, { 'content-type': 'text/html' }, '<html>', 'UNAVAILABLE'],
    ['another server', 404, {}, 'not here', 'INTERNAL'],
    [
      'a code from the future',
      409,
      {},
      JSON.stringify({ code: 'NEW', title: 't', detail: 'd', hint: 'h' }),
      'INTERNAL',
    ],
    [
      'a code that is no own property',
      409,
      {},
      JSON.stringify({ code: 'constructor', title: 't', detail: 'd', hint: 'h' }),
      'INTERNAL',
    ],
  ] as const)('%s is thrown', async (_, status, headers, body, code) => {
    const { client } = connect({ onRequest: () => new Response(body, { status, headers }) })
    const listing = client.tasks.list({})
    await expect(listing).rejects.toBeInstanceOf(MissionControlError)
    await expect(listing).rejects.toMatchObject({ code })
  })

  test('every code of a refusal comes back as it was', async () => {
    for (const code of Object.keys(CODES).filter(
      (name) => !['INTERNAL', 'UNAVAILABLE', 'CONTENTION', 'RATE_LIMITED'].includes(name),
    )) {
      const refusal = {
        code,
        title: 't',
        detail: 'd',
        hint: 'h',
        allowed: ['A'],
        owner: null,
        epoch: 3,
        approvalIds: ['apr_1'],
      }
      const { client } = connect({
        onRequest: () =>
          new Response(JSON.stringify({ ...refusal, type: 'x', status: 409, finalStatus: 'FAILED' }), { status: 409 }),
      })
      expect(await client.tasks.list({})).toEqual({ ok: false, error: { ...refusal, status: 'FAILED' } })
    }
  })

  test.each(['mc.test', 'ftp://mc.test', 'http://user:secret@mc.test', 'http://mc.test/?a=1'])(
    '%s is no base URL',
    (baseUrl) => {
      expect(() => createHttpTransport({ baseUrl })).toThrow(MissionControlError)
    },
  )
})

describe('watching', () => {
  test('gives the events of the log as they are, once each, over connections that break', async () => {
    let streams = 0
    const { client } = connect({
      onRequest: async (request) => {
        if (!request.url.includes('/events/stream')) return null
        streams += 1
        if (streams === 2) throw new TypeError('fetch failed')
        const response = await h.handler(request)
        return streams < 4 ? cutShort(response) : response
      },
    })
    const stop = new AbortController()
    const seen: StoredEvent[] = []
    for (let count = 0; count < 5; count++) await h.admin.tasks.create({ ...TASK, title: `task ${count}` })
    const log = await h.admin.events.list({ limit: 200 })
    const all = log.ok ? log.data.data : []
    for await (const event of client.watch({ signal: stop.signal })) {
      seen.push(event)
      if (seen.length === all.length) stop.abort()
    }
    expect(seen).toEqual(all)
    expect(streams).toBeGreaterThanOrEqual(4)
  })

  test('from now on begins at the moment it is opened, however often it is opened', async () => {
    let streams = 0
    const { client } = connect({
      onRequest: async (request) => {
        if (!request.url.includes('/events/stream')) return null
        streams += 1
        const response = await h.handler(request)
        if (streams > 1) return response
        // The first stream ends after it has said where it begins; what happens next falls between the two.
        const cut = await onlyOpening(response)
        await h.admin.tasks.create({ ...TASK, title: 'between' })
        return cut
      },
    })
    await h.admin.tasks.create({ ...TASK, title: 'before' })
    for await (const event of client.watch({ after: 'now' })) {
      expect(event.summary).toContain('between')
      break
    }
    expect(streams).toBe(2)
  })

  test('throws the refusal of a key that may not listen', async () => {
    const { client } = connect({ key: 'mc_live_00000000000000000000000000_0000000000000000000000000000000000' })
    const listening = async () => {
      for await (const _ of client.watch()) throw new Error('nothing may come')
    }
    await expect(listening()).rejects.toMatchObject({ refusal: { code: 'UNAUTHENTICATED' } })
  })

  test('ends when its signal aborts while it waits', async () => {
    const { client } = connect()
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 50)
    for await (const _ of client.watch({ after: 'now', signal: stop.signal })) throw new Error('nothing happens')
    expect(stop.signal.aborted).toBe(true)
  })
})

/** The response without what comes after a number of characters, as when a connection breaks in the middle of an event. */
function cutShort(response: Response): Response {
  let left = 700
  const cutting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      controller.enqueue(chunk.slice(0, left))
      left -= chunk.byteLength
      if (left <= 0) controller.error(new TypeError('terminated'))
    },
  })
  return new Response(response.body?.pipeThrough(cutting) ?? null, response)
}

async function onlyOpening(response: Response): Promise<Response> {
  const reader = response.body?.getReader()
  const opening = await reader?.read()
  await reader?.cancel()
  return new Response(opening?.value ?? null, response)
}

test('a one-time code travels in its own header, both ways', async () => {
  const codes = await createHttpHarness(
    {},
    { oneTimeCodes: { verify: async (_, code) => (code === '123456' ? 1 : null) } },
  )
  const sent: (string | null)[] = []
  const transport = createHttpTransport({
    baseUrl: 'http://mc.test',
    fetch: async (request) => {
      sent.push(request.headers.get('x-mc-otp'))
      return codes.handler(request)
    },
  })
  const client = connectMissionControl({ transport, key: codes.adminKey })
  const refused = await client.principals.enrollSecondFactor({}, { oneTimeCode: '000000' })
  expect(refused).toMatchObject({ ok: false, error: { code: 'SECOND_FACTOR_REQUIRED' } })
  const enrolled = await client.principals.enrollSecondFactor({}, { oneTimeCode: '123456' })
  expect(enrolled).toMatchObject({ ok: true, data: { totpEnrolled: true } })
  expect(sent).toEqual(['000000', '123456'])
  await codes.close()
})
