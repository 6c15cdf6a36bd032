import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createMemoryStorage } from '@mission-control/adapter-memory'
import { connectMissionControl, createMissionControl, unwrap } from '@mission-control/core'
import { createHttpHandler, nodeListener } from '@mission-control/host-http'
import { createHttpTransport } from '@mission-control/host-http/client'
import express from 'express'

const missionControl = createMissionControl({ storage: createMemoryStorage() })
const { key, projectId } = unwrap(
  await missionControl.bootstrap({ admin: { displayName: 'Ada' }, project: { name: 'Shop', slug: 'shop' } }),
)
const handler = createHttpHandler({ missionControl })
const listener = nodeListener(handler)

const app = express()
app.get('/', (_request, response) => void response.send('the shop'))
// Before anything that reads bodies: Mission Control reads its own, within its own limits.
app.use(['/v1', '/health', '/docs', '/openapi.json', '/metrics'], (request, response) => {
  request.url = request.originalUrl
  void listener(request, response)
})
app.use(express.json())

const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

assert.equal(await (await fetch(baseUrl)).text(), 'the shop')
assert.equal((await fetch(`${baseUrl}/health/check`)).status, 200)
assert.equal((await fetch(`${baseUrl}/v1/projects`)).status, 401)

const transport = createHttpTransport({ baseUrl })
const client = connectMissionControl({ transport, key, ...(projectId === null ? {} : { projectId }) })
const task = unwrap(await client.tasks.create({ title: 'Count the stock', type: 'OPS' }))
assert.equal(unwrap(await client.tasks.get({ taskId: task.id })).status, 'INBOX')

// Events come through Express as they happen.
const stop = new AbortController()
for await (const event of client.watch({ signal: stop.signal })) {
  if (event.kind !== 'TASK_CREATED') continue
  assert.equal(event.taskId, task.id)
  break
}
stop.abort()

handler.drain()
server.closeAllConnections()
server.close()
await missionControl.close()
console.log(`Express served its page and ${task.title}`)
