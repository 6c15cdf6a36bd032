import { connect, type Socket } from 'node:net'
import { connectMissionControl } from '@mission-control/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHttpTransport } from '../../src/client.ts'
import { type Servable, type Served, serve } from '../../src/index.ts'
import { createHttpHarness, type HttpHarness, once, TASK } from './http-harness.ts'
import { readStream } from './stream-client.ts'

let h: HttpHarness
const running: Served[] = []
beforeEach(async () => {
  h = await createHttpHarness({ reconnectMs: 20 })
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((served) => served.close()))
  await h.close()
})

async function start(handler: Servable = h.handler, graceMs = 5000): Promise<Served> {
  const served = await serve(handler, { port: 0, graceMs })
  running.push(served)
  return served
}

function bearer(): { authorization: string } {
  return { authorization: `Bearer ${h.adminKey}` }
}

/** A raw connection: writes text, and gives what came back when the other side closed or fell silent. */
function rawly(
  url: string,
  text: string,
  silenceMs = 300,
): Promise<{ answer: string; isClosed: boolean; socket: Socket }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname, () => socket.write(text))
    let answer = ''
    let timer = setTimeout(() => resolve({ answer, isClosed: false, socket }), silenceMs)
    socket.on('data', (chunk) => {
      answer += chunk.toString()
      clearTimeout(timer)
      timer = setTimeout(() => resolve({ answer, isClosed: false, socket }), silenceMs)
    })
    socket.on('error', reject)
    socket.on('close', () => resolve({ answer, isClosed: true, socket }))
  })
}

describe('a server', () => {
  test('answers over a real connection, and to the client of the package', async () => {
    const { url } = await start()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect((await fetch(`${url}/health/check`)).status).toBe(200)
    expect((await fetch(`${url}/v1/projects/test/tasks`)).status).toBe(401)
    const created = await fetch(`${url}/v1/projects/test/tasks`, {
      method: 'POST',
      headers: { ...bearer(), ...once(), 'content-type': 'application/json' },
      body: JSON.stringify(TASK),
    })
    expect(created.status).toBe(201)
    const client = connectMissionControl({
      transport: createHttpTransport({ baseUrl: url }),
      key: h.adminKey,
      projectId: 'test',
    })
    expect(await client.tasks.list({})).toMatchObject({ ok: true, data: { data: [{ title: TASK.title }] } })
  })

  test('leaves the globals of the program alone', async () => {
    const { Request: before } = globalThis
    await start()
    expect(globalThis.Request).toBe(before)
  })

  test('refuses a body that is too large without reading it, and one that only grows too large', async () => {
    const { url } = await start()
    const path = '/v1/projects/test/tasks'
    const head = `POST ${path} HTTP/1.1\r\nHost: mc\r\nAuthorization: Bearer ${h.adminKey}\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\n`
    const declared = await rawly(url, `${head}Content-Length: 999999999\r\n\r\n{`)
    expect(declared.answer).toMatch(/^HTTP\/1.1 413 /)
    declared.socket.destroy()
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    const growing = await rawly(url, `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(20)}0\r\n\r\n`)
    expect(growing.answer).toMatch(/^HTTP\/1.1 413 /)
    growing.socket.destroy()
    expect((await fetch(`${url}${path}`, { headers: bearer() })).status).toBe(200)
  })

  test('refuses what is no request, and headers without end', async () => {
    const { url } = await start()
    const broken = await rawly(url, 'GET /v1/projects HTTP/1.1\r\nHost: a b\r\n\r\n')
    expect(broken.answer).toMatch(/^HTTP\/1.1 400 /)
    broken.socket.destroy()
    const endless = await rawly(url, `GET / HTTP/1.1\r\nHost: mc\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(endless.answer).toMatch(/^HTTP\/1.1 431 /)
    endless.socket.destroy()
  })

  test('says why it cannot listen', async () => {
    const { url } = await start()
    const port = Number(new URL(url).port)
    const busy = serve(h.handler, { port })
    await expect(busy).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `cannot listen on 127.0.0.1:${port}: the port is in use`,
    })
    await expect(busy).rejects.toMatchObject({ hint: expect.stringContaining('another port') })
    await expect(serve(h.handler, { port: 0, hostname: '192.0.2.1' })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('ends a stream whose reader has gone', async () => {
    const { url } = await start()
    const leaving = new AbortController()
    const response = await fetch(`${url}/v1/projects/test/events/stream`, { headers: bearer(), signal: leaving.signal })
    const stream = readStream(response)
    await stream.nextMessage()
    leaving.abort()
    await expect(stream.next()).rejects.toThrow()
    const served = running[0]
    const startedAt = Date.now()
    await served?.close()
    expect(Date.now() - startedAt).toBeLessThan(1000)
  })
})

describe('a stop', () => {
  test('answers what is under way, ends streams, and closes what is silent', async () => {
    let release: (() => void) | undefined
    const slow = new Promise<void>((resolve) => {
      release = resolve
    })
    const handler: Servable = Object.assign(
      async (request: Request) => {
        if (request.url.endsWith('?slow')) await slow
        return h.handler(new Request(request.url.replace('?slow', ''), request))
      },
      { drain: () => h.handler.drain() },
    )
    const { url, close } = await start(handler)
    const stream = readStream(await fetch(`${url}/v1/projects/test/events/stream`, { headers: bearer() }))
    await stream.nextMessage()
    const silent = await rawly(url, 'GET /health/check HTTP/1.1\r\nHost: mc\r\n\r\n', 100)
    expect(silent).toMatchObject({ isClosed: false })
    const underWay = fetch(`${url}/v1/projects/test/tasks?slow`, { headers: bearer() })
    await new Promise((resolve) => setTimeout(resolve, 50))

    const startedAt = Date.now()
    const closing = close()
    while ((await stream.next()) !== null);
    await expect(fetch(`${url}/health/check`)).rejects.toThrow()
    release?.()
    const answer = await underWay
    expect(answer.status).toBe(200)
    expect(answer.headers.get('connection')).toBe('close')
    expect(await answer.json()).toMatchObject({ data: [] })
    await closing
    expect(Date.now() - startedAt).toBeLessThan(1500)
    await expect(close()).resolves.toBeUndefined()
  })

  test('does not wait for ever', async () => {
    const { url, close } = await start(() => new Promise(() => undefined), 100)
    const hanging = fetch(url).catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await close()
    expect(await hanging).toBeInstanceOf(TypeError)
  })

  test('follows a signal', async () => {
    const stop = new AbortController()
    const { url, close } = await serve(h.handler, { port: 0, signal: stop.signal })
    expect((await fetch(`${url}/health/check`)).status).toBe(200)
    stop.abort()
    await close()
    await expect(fetch(`${url}/health/check`)).rejects.toThrow()
  })

  test('costs a watching client nothing: it goes on with the next host', async () => {
    const first = await start()
    let url = first.url
    const transport = createHttpTransport({
      baseUrl: 'http://mc.test',
      fetch: (request) => fetch(new Request(request.url.replace('http://mc.test', url), request)),
    })
    const client = connectMissionControl({ transport, key: h.adminKey, projectId: h.projectId })
    const titles: string[] = []
    const watching = (async () => {
      for await (const event of client.watch({ after: 'now' })) {
        if (event.kind === 'TASK_CREATED') titles.push(event.summary)
        if (titles.length === 3) return
      }
    })()
    await new Promise((resolve) => setTimeout(resolve, 100))
    await h.admin.tasks.create({ ...TASK, title: 'one' })
    await first.close()
    await h.admin.tasks.create({ ...TASK, title: 'two' })
    const { createHttpHandler } = await import('../../src/index.ts')
    url = (await start(createHttpHandler({ missionControl: h.mc, limits: { reconnectMs: 20 } }))).url
    await h.admin.tasks.create({ ...TASK, title: 'three' })
    await watching
    expect(titles.map((title) => /one|two|three/.exec(title)?.[0])).toEqual(['one', 'two', 'three'])
  })
})
