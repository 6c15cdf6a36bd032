import assert from 'node:assert/strict'
import { createMemoryStorage } from '@mission-control/adapter-memory'
import { connectMissionControl, createMissionControl, unwrap } from '@mission-control/core'
import { createHttpHandler } from '@mission-control/host-http'
import { createHttpTransport } from '@mission-control/host-http/client'
import { Hono } from 'hono'

const missionControl = createMissionControl({ storage: createMemoryStorage() })
const { key, projectId } = unwrap(
  await missionControl.bootstrap({ admin: { displayName: 'Ada' }, project: { name: 'Shop', slug: 'shop' } }),
)
const handler = createHttpHandler({ missionControl })

// A page of yours, and Mission Control beside it. It knows its own paths, so it is asked whenever none of yours fits.
const app = new Hono()
app.get('/', (c) => c.text('the shop'))
app.all('*', (c) => handler(c.req.raw))

assert.equal(await (await app.request('/')).text(), 'the shop')
assert.equal((await app.request('/health/check')).status, 200)
assert.equal((await app.request('/v1/projects')).status, 401)

// The client of the package, over the app instead of a socket.
const transport = createHttpTransport({
  baseUrl: 'http://shop.example',
  fetch: async (request) => app.fetch(request),
})
const client = connectMissionControl({ transport, key, ...(projectId === null ? {} : { projectId }) })
const task = unwrap(await client.tasks.create({ title: 'Count the stock', type: 'OPS' }))
assert.equal(unwrap(await client.tasks.get({ taskId: task.id })).status, 'INBOX')

handler.drain()
await missionControl.close()
console.log(`hono served its page and ${task.title}`)
