import { gunzipSync } from 'node:zlib'
import { unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import type { HttpLimits } from '../../src/index.ts'
import { deprecationHeaders } from '../../src/reply.ts'
import { createHttpHarness, type HandlerOptions, once, TASK } from './http-harness.ts'

async function withHarness(
  limits: Partial<HttpLimits>,
  settings: HandlerOptions,
  run: (h: Awaited<ReturnType<typeof createHttpHarness>>) => Promise<void>,
): Promise<void> {
  const h = await createHttpHarness(limits, {}, settings)
  try {
    await run(h)
  } finally {
    await h.close()
  }
}

describe('rate limits', () => {
  test('reads are counted per caller, told with every answer, and free again after a minute', async () => {
    let now = 0
    await withHarness({ readsPerMinuteMax: 3 }, { now: () => now }, async (h) => {
      const agent = await h.agent()
      const other = await h.agent()
      const read = (key: string) => h.ask('GET', 'P/tasks', { key })
      for (const left of [2, 1, 0]) {
        const answer = await read(agent.key)
        expect(answer.status).toBe(200)
        expect(answer.headers.get('ratelimit-policy')).toBe('"reads";q=3;w=60')
        expect(answer.headers.get('ratelimit')).toMatch(new RegExp(`^"reads";r=${left};t=\\d+$`))
        now += 1000
      }
      const refused = await read(agent.key)
      expect(refused).toMatchObject({ status: 429, json: { code: 'RATE_LIMITED', retryAfterMs: 57_000 } })
      expect(refused.headers.get('retry-after')).toBe('57')
      expect(refused.headers.get('ratelimit')).toBe('"reads";r=0;t=57')
      expect((await read(other.key)).status).toBe(200)
      now = 60_000
      expect((await read(agent.key)).status).toBe(200)
      expect((await read(agent.key)).status).toBe(429)
    })
  })

  test('who rotates a key gets no second budget', async () => {
    await withHarness({ readsPerMinuteMax: 2 }, { now: () => 0 }, async (h) => {
      const agent = await h.agent()
      await h.ask('GET', 'P/tasks', { key: agent.key })
      await h.ask('GET', 'P/tasks', { key: agent.key })
      const keys = unwrap(await h.admin.keys.list({ limit: 200 })).data
      const own = keys.find(({ keyId }) => agent.key.includes(keyId))
      const rotated = await h.ask('POST', `/v1/keys/${own?.id}/rotate`, { key: agent.key, body: {} })
      expect(rotated.status).toBe(200)
      expect((await h.ask('GET', 'P/tasks', { key: rotated.json.key })).status).toBe(429)
    })
  })

  test('R-52: task creation and the gate are limited per agent, people are not', async () => {
    await withHarness({ tasksPerMinuteMax: 1, gatesPerMinuteMax: 1 }, { now: () => 0 }, async (h) => {
      const agent = await h.agent()
      const create = (key?: string) =>
        h.ask('POST', 'P/tasks', { body: TASK, headers: once(), ...(key === undefined ? {} : { key }) })
      expect((await create(agent.key)).status).toBe(201)
      expect(await create(agent.key)).toMatchObject({ status: 429, json: { code: 'RATE_LIMITED' } })
      expect((await create()).status).toBe(201)
      expect((await create()).status).toBe(201)
      const tasks = await h.ask('GET', 'P/tasks')
      expect(tasks.json.data).toHaveLength(3)
      await h.ask('POST', 'P/gate', { key: agent.key, body: {} })
      const refused = await h.ask('POST', 'P/gate', { key: agent.key, body: {} })
      expect(refused).toMatchObject({ status: 429, json: { code: 'RATE_LIMITED' } })
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    })
  })

  test('whoever guesses keys is soon not looked up, and those with a good key behind the same address go on', async () => {
    await withHarness({}, { now: () => 0 }, async (h) => {
      const from = (address: string, key: string) =>
        h.handler(h.request('GET', 'P/tasks', { key }), { address }).then(({ status }) => status)
      const guess = (n: number) => `mc_live_${String(n).padStart(26, '0')}_${'x'.repeat(32)}`
      expect(await from('192.0.2.1', h.adminKey)).toBe(200)
      for (let n = 0; n < 10; n++) expect(await from('192.0.2.1', guess(n))).toBe(401)
      expect(await from('192.0.2.1', guess(11))).toBe(429)
      expect(await from('192.0.2.1', h.adminKey)).toBe(200)
      expect(await from('192.0.2.2', guess(12))).toBe(401)
    })
  })
})

describe('other origins', () => {
  const cors = { origins: ['https://dashboard.example'] }

  test('read nothing unless they are named', async () => {
    await withHarness({}, { cors }, async (h) => {
      const ask = (origin: string) => h.ask('GET', 'P/tasks', { headers: { origin } })
      const named = await ask('https://dashboard.example')
      expect(named.headers.get('access-control-allow-origin')).toBe('https://dashboard.example')
      expect(named.headers.get('vary')).toContain('origin')
      expect(named.headers.get('access-control-expose-headers')).toContain('etag')
      for (const origin of ['https://evil.example', 'https://dashboard.example.evil.example', 'null']) {
        expect((await ask(origin)).headers.get('access-control-allow-origin')).toBeNull()
      }
    })
  })

  test('a browser may ask before it asks', async () => {
    await withHarness({}, { cors }, async (h) => {
      const ask = (origin: string) =>
        h.ask('OPTIONS', 'P/tasks', { key: null, headers: { origin, 'access-control-request-method': 'POST' } })
      const named = await ask('https://dashboard.example')
      expect(named.status).toBe(204)
      expect(named.headers.get('access-control-allow-headers')).toContain('idempotency-key')
      expect((await ask('https://evil.example')).status).toBe(401)
    })
  })

  test('a host that is not ours is not answered for', async () => {
    await withHarness({}, { hosts: ['mc.test'] }, async (h) => {
      expect((await h.ask('GET', 'P/tasks')).status).toBe(200)
      const rebound = new Request('http://evil.example/v1/projects', {
        headers: { authorization: `Bearer ${h.adminKey}` },
      })
      expect((await h.handler(rebound)).status).toBe(421)
    })
  })

  test('nothing in an answer repeats what the request calls this host', async () => {
    await withHarness({}, {}, async (h) => {
      await h.ask('POST', 'P/tasks', { body: TASK, headers: once() })
      await h.ask('POST', 'P/tasks', { body: TASK, headers: once() })
      const headers = {
        authorization: `Bearer ${h.adminKey}`,
        'x-forwarded-host': 'smuggled.example',
        forwarded: 'host=smuggled.example',
      }
      for (const path of [`/v1/projects/${h.projectId}/tasks?limit=1`, '/v1/nothing', '/docs', '/openapi.json']) {
        const answer = await h.handler(new Request(`http://smuggled.example${path}`, { headers }))
        const said = [...answer.headers].map((header) => header.join(': ')).join('\n') + (await answer.text())
        expect(said, path).not.toContain('smuggled')
      }
    })
  })
})

describe('answers', () => {
  test('long lists are compressed for whoever takes that', async () => {
    await withHarness({}, {}, async (h) => {
      for (let n = 0; n < 12; n++) {
        await h.ask('POST', 'P/tasks', { body: { ...TASK, description: 'words '.repeat(200) }, headers: once() })
      }
      const list = (encoding: string, path = 'P/tasks') =>
        h.handler(h.request('GET', path, { headers: { 'accept-encoding': encoding } }))
      const plain = await list('identity')
      const text = await plain.text()
      expect(plain.headers.get('content-encoding')).toBeNull()
      const zipped = await list('br, gzip;q=0.8')
      expect(zipped.headers.get('content-encoding')).toBe('gzip')
      expect(zipped.headers.get('vary')).toContain('accept-encoding')
      const bytes = new Uint8Array(await zipped.arrayBuffer())
      expect(bytes.byteLength).toBeLessThan(text.length / 4)
      expect(gunzipSync(bytes).toString('utf8')).toBe(text)
      expect((await list('gzip;q=0')).headers.get('content-encoding')).toBeNull()
      expect((await list('gzip', 'P/stats')).headers.get('content-encoding')).toBeNull()
    })
  })

  test('what is going to go says so', () => {
    expect(deprecationHeaders({ since: 1_767_225_600_000, sunsetAt: 1_798_761_600_000, link: '/v1/new' })).toEqual({
      deprecation: '@1767225600',
      sunset: 'Fri, 01 Jan 2027 00:00:00 GMT',
      link: '</v1/new>; rel="successor-version"',
    })
  })
})

describe('a monitor', () => {
  test('has a key that opens metrics and nothing else, and only people who may read them have one', async () => {
    await withHarness({}, {}, async (h) => {
      const people = unwrap(await h.admin.principals.list({ kind: 'HUMAN' })).data
      const admin = people.find(({ role }) => role === 'ADMIN')?.id ?? ''
      const { key } = unwrap(await h.admin.keys.issue({ principalId: admin, scope: 'metrics.read' }))
      for (const [method, path] of [
        ['GET', 'P/tasks'],
        ['POST', '/v1/keys'],
        ['POST', 'P/tasks'],
        ['GET', 'P/events/stream'],
      ] as const) {
        const answer = await h.ask(method, path, {
          key,
          headers: once(),
          ...(method === 'GET' ? {} : { body: path === 'P/tasks' ? TASK : { principalId: admin } }),
        })
        expect(answer, path).toMatchObject({ status: 403, json: { code: 'FORBIDDEN' } })
      }
      const viewer = unwrap(
        await h.admin.principals.create({ displayName: 'Vera', role: 'VIEWER', projectIds: [h.projectId] }),
      )
      const refused = await h.admin.keys.issue({ principalId: viewer.principal.id, scope: 'metrics.read' })
      expect(refused).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } })
    })
  })
})
