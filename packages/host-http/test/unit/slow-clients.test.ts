import { connect, type Socket } from 'node:net'
import { expect, test } from 'vitest'
import { serve } from '../../src/index.ts'
import { createHttpHarness, TASK } from './http-harness.ts'

const HALF_OPEN = 200

/** Opens a connection, says only so much, and stays. */
async function halfOpen(port: number, said: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write(said)
  return socket
}

test('who is slow, or stops in the middle, keeps nobody else waiting and writes nothing', async () => {
  const h = await createHttpHarness()
  const served = await serve(h.handler, { port: 0, graceMs: 100 })
  const port = Number(new URL(served.url).port)
  const path = `/v1/projects/${h.projectId}/tasks`
  const head = `POST ${path} HTTP/1.1\r\nHost: mc\r\nAuthorization: Bearer ${h.adminKey}\r\n`
  const asked = 'Content-Type: application/json\r\nIdempotency-Key: half\r\nContent-Length: 60\r\n\r\n{"title":"Half'
  const sockets = await Promise.all(
    Array.from({ length: HALF_OPEN }, (_, n) => halfOpen(port, n % 2 === 0 ? head.slice(0, 40) : head + asked)),
  )
  const headers = { authorization: `Bearer ${h.adminKey}`, 'content-type': 'application/json' }
  const healthy = await fetch(served.url + path, { headers, signal: AbortSignal.timeout(10_000) })
  expect(await healthy.json()).toMatchObject({ data: [] })

  for (const socket of sockets) socket.destroy()
  const after = await fetch(served.url + path, { headers })
  expect(await after.json()).toMatchObject({ data: [] })

  // Whether or not the first attempt got through before its sender left, its repeat leaves exactly one.
  const leaving = new AbortController()
  const post = (signal: AbortSignal | null) =>
    fetch(served.url + path, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': 'once' },
      body: JSON.stringify(TASK),
      signal,
    })
  const left = post(leaving.signal).catch(() => null)
  setTimeout(() => leaving.abort(), 2)
  await left
  expect((await post(null)).status).toBe(201)
  const all = (await (await fetch(served.url + path, { headers })).json()) as { data: unknown[] }
  expect(all.data).toHaveLength(1)
  await served.close()
  await h.close()
})
