import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTcpProxy, type TcpProxy } from '../../src/index.ts'

let heard: string[] = []
let close = async () => {}
let proxy: TcpProxy

// A server that says back what it hears, and remembers it.
beforeEach(async () => {
  heard = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      heard.push(String(bytes))
      socket.write(bytes)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  proxy = await openTcpProxy(typeof address === 'object' && address !== null ? address.port : 0)
  close = async () => {
    await proxy.close()
    for (const socket of sockets) socket.destroy()
    server.close()
  }
})
afterEach(() => close())

async function client(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

/** A reset is an error first; both ways end here. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

async function said(socket: Socket, text: string, ms = 300): Promise<string | null> {
  let answer = ''
  socket.on('data', (bytes) => {
    answer += String(bytes)
  })
  socket.write(text)
  const giveUpAt = Date.now() + ms
  while (answer.length < text.length && Date.now() < giveUpAt) await new Promise((resolve) => setTimeout(resolve, 10))
  socket.removeAllListeners('data')
  return answer === '' ? null : answer
}

test('it passes everything on, also byte by byte', async () => {
  const socket = await client()
  expect(await said(socket, 'hello')).toBe('hello')
  const dripping = proxy.fault('drip', 500)
  expect(await said(socket, 'drop by drop')).toBe('drop by drop')
  await dripping
})

test('a cut ends every connection, and new ones are carried', async () => {
  const socket = await client()
  expect(await said(socket, 'one')).toBe('one')
  const closed = closing(socket)
  await proxy.fault('cut', 0)
  await closed
  expect(await said(await client(), 'two')).toBe('two')
})

test('a stall holds back, and lets go', async () => {
  const socket = await client()
  expect(await said(socket, 'one')).toBe('one')
  const stalled = proxy.fault('stall', 400)
  expect(await said(socket, 'two', 100)).toBeNull()
  await stalled
  expect(await said(socket, 'three', 1_000)).toContain('two')
})

test('a half-open connection hears nothing of what the server did', async () => {
  const socket = await client()
  expect(await said(socket, 'one')).toBe('one')
  const closed = closing(socket)
  const open = proxy.fault('half-open', 400)
  expect(await said(socket, 'two', 200)).toBeNull()
  expect(heard).toContain('two')
  await Promise.all([open, closed])
})

test('a reset after sending leaves the server with the message and the caller without an answer', async () => {
  const socket = await client()
  expect(await said(socket, 'one')).toBe('one')
  const closed = closing(socket)
  const resetting = proxy.fault('reset-after-send', 300)
  expect(await said(socket, 'commit', 200)).toBeNull()
  await Promise.all([closed, resetting])
  expect(heard).toContain('commit')
})
