import { createMemoryStorage } from '@mission-control/adapter-memory'
import { createMissionControl } from '@mission-control/core'
import { expect, test } from 'vitest'
import { createHttpHandler } from '../../src/index.ts'

const ADMIN = { admin: { displayName: 'Ada' }, project: { name: 'Test', slug: 'test' } }

async function hostWithLog() {
  const storage = createMemoryStorage()
  const missionControl = createMissionControl({ storage })
  const set = await missionControl.bootstrap(ADMIN)
  if (!set.ok) throw new Error(set.error.detail)
  const lines: { message: string; fields: Readonly<Record<string, unknown>> | undefined }[] = []
  const note = (message: string, fields?: Readonly<Record<string, unknown>>) => void lines.push({ message, fields })
  let now = 0
  const handler = createHttpHandler({
    missionControl,
    logger: { info: note, warn: note, error: note },
    now: () => now,
  })
  const advance = (ms: number) => {
    now += ms
  }
  return { storage, handler, key: set.data.key, lines, advance }
}

test('a store that is gone is UNAVAILABLE, says nothing of its inside, and is found in the log', async () => {
  const { storage, handler, key, lines } = await hostWithLog()
  await storage.close()
  const request = new Request('http://mc.test/v1/projects', {
    headers: { authorization: `Bearer ${key}`, 'x-request-id': 'req-9' },
  })
  const response = await handler(request)
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('1')
  const problem = await response.json()
  expect(problem).toMatchObject({ code: 'UNAVAILABLE', status: 503, traceId: 'req-9' })
  expect(JSON.stringify(problem)).not.toContain('memory storage')
  expect(lines).toMatchObject([{ message: 'a request failed', fields: { traceId: 'req-9', code: 'UNAVAILABLE' } }])
  expect(JSON.stringify(lines)).toContain('memory storage')
  expect(JSON.stringify(lines)).not.toContain(key)
})

test('health needs no key and tells of the store', async () => {
  const { storage, handler, advance } = await hostWithLog()
  const ask = async () => {
    const response = await handler(new Request('http://mc.test/health/check'))
    return { status: response.status, json: await response.json() }
  }
  advance(5000)
  expect(await ask()).toEqual({ status: 200, json: { status: 'healthy', timestamp: 5000 } })
  await storage.close()
  // One look at the store answers for all who ask within a second.
  expect((await ask()).status).toBe(200)
  advance(1000)
  expect(await ask()).toEqual({ status: 503, json: { status: 'unhealthy', timestamp: 6000 } })
})

test('a health check does not wait for a store that hangs', async () => {
  const storage = createMemoryStorage()
  const missionControl = createMissionControl({ storage: { ...storage, load: () => new Promise(() => undefined) } })
  const handler = createHttpHandler({ missionControl, limits: { healthTimeoutMs: 10 } })
  expect((await handler(new Request('http://mc.test/healthz'))).status).toBe(503)
})
