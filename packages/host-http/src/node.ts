import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIP } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { MissionControlError } from '@mission-control/core'
import type { Origin } from './asked.ts'
import { problemOf, problemResponse } from './problem.ts'
import { refuse } from './refuse.ts'

export interface ServeOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** Where to listen; by default only this machine can connect. */
  readonly hostname?: string
  /** Stops the server in good order when it aborts. */
  readonly signal?: AbortSignal
  /** How long a stop waits for requests under way before it cuts them off. */
  readonly graceMs?: number
  /** Addresses of proxies in front of this server. Only what these say of a caller's address is believed. */
  readonly trustedProxies?: readonly string[]
}

/** A server that listens. */
export interface Served {
  readonly url: string
  /** Stops in good order: no new connections, streams end, requests under way are answered. Resolves when all is closed. */
  close(): Promise<void>
}

/** What is served: a function of the Fetch standard, perhaps with streams to end before a stop. */
export interface Servable {
  (request: Request, origin?: Origin): Promise<Response>
  drain?(): void
}

const HEADER_BYTES_MAX = 16 * 1024
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 30_000
const KEEP_ALIVE_MS = 5_000
const GRACE_MS = 10_000
const IDLE_CHECK_MS = 50

/**
 * A handler as Node's own servers and those made from them, such as Express, call it. Mount it before anything that
 * reads bodies. `serve` has limits of time and size that such a server must have of its own.
 */
export function nodeListener(
  handler: Servable,
  { trustedProxies = [] }: Pick<ServeOptions, 'trustedProxies'> = {},
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const handle = (request: Request, { incoming }: { incoming: IncomingMessage }) =>
    handler(request, originOf(incoming, trustedProxies))
  return getRequestListener(handle as never, { overrideGlobalObjects: false, errorHandler: answerBrokenRequest })
}

/** Serves a handler on a port of this machine. UNAVAILABLE, with the reason, when the port cannot be had. */
export async function serve(handler: Servable, options: ServeOptions): Promise<Served> {
  const { port, hostname = '127.0.0.1', signal, graceMs = GRACE_MS, trustedProxies = [] } = options
  const answers = new Set<ServerResponse>()
  let isDraining = false
  const listener = nodeListener(handler, { trustedProxies })
  const limits = {
    maxHeaderSize: HEADER_BYTES_MAX,
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
  }
  const server = createServer(limits, (request: IncomingMessage, response: ServerResponse) => {
    answers.add(response)
    response.once('close', () => answers.delete(response))
    if (isDraining) response.setHeader('connection', 'close')
    void listener(request, response)
  })
  await listening(server, port, hostname)

  const stop = async (): Promise<void> => {
    isDraining = true
    signal?.removeEventListener('abort', onAbort)
    handler.drain?.()
    for (const answer of answers) if (!answer.headersSent) answer.setHeader('connection', 'close')
    await closed(server, graceMs)
  }
  let stopping: Promise<void> | null = null
  const close = (): Promise<void> => {
    stopping ??= stop()
    return stopping
  }
  const onAbort = (): void => void close()
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted === true) await close()
  return { url: urlOf(server.address() as AddressInfo | null, hostname, port), close }
}

/** Who is behind the connection: the nearest address that is no proxy of ours. What a caller itself writes is not believed. */
function originOf(incoming: IncomingMessage, trustedProxies: readonly string[]): Origin {
  let address = plainAddress(incoming.socket.remoteAddress ?? '')
  const said = [incoming.headers['x-forwarded-for'] ?? []].flat().join(',').split(',')
  while (trustedProxies.includes(address) && said.length > 0) {
    const before = plainAddress(said.pop()?.trim() ?? '')
    if (isIP(before) === 0) break
    address = before
  }
  return address === '' ? {} : { address, ...(isBehindTls(incoming, trustedProxies) ? { isSecure: true } : {}) }
}

/** Whether the nearest trusted proxy says that it was asked over TLS. */
function isBehindTls({ socket, headers }: IncomingMessage, trustedProxies: readonly string[]): boolean {
  if (!trustedProxies.includes(plainAddress(socket.remoteAddress ?? ''))) return false
  const said = [headers['x-forwarded-proto'] ?? []].flat().join(',').split(',')
  return said.at(-1)?.trim().toLowerCase() === 'https'
}

/** An address of the old kind is one, also when it is written as one of the new. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '')
}

/** A request that is no request, such as one without a host: refused before there is anything to hand on. */
function answerBrokenRequest(): Response {
  const { error } = refuse('VALIDATION', 'this is not a request that can be read', {
    hint: 'Check the request line and the Host header.',
  })
  const requestId = crypto.randomUUID()
  return problemResponse(problemOf(error, '/', { requestId, traceparent: null, traceId: requestId }))
}

function listening(server: Server, port: number, hostname: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, port, hostname)))
    server.listen(port, hostname, resolve)
  })
}

const REASONS: Readonly<Record<string, { detail: string; hint: string }>> = {
  EADDRINUSE: { detail: 'the port is in use', hint: 'Stop the program that has it, or choose another port.' },
  EACCES: { detail: 'the port needs more rights', hint: 'Choose a port above 1023.' },
  EADDRNOTAVAIL: { detail: 'this machine has no such address', hint: 'Choose a hostname of this machine.' },
  ENOTFOUND: { detail: 'there is no such hostname', hint: 'Choose a hostname of this machine.' },
}

function cannotListen(error: NodeJS.ErrnoException, port: number, hostname: string): MissionControlError {
  const { detail, hint } = REASONS[error.code ?? ''] ?? {
    detail: error.message,
    hint: 'Choose another port or hostname.',
  }
  return new MissionControlError('UNAVAILABLE', `cannot listen on ${hostname}:${port}: ${detail}`, {
    cause: error,
    hint,
  })
}

/**
 * Waits until every connection is closed. `close` alone would wait for clients that keep a silent connection open, so
 * those are closed as they fall silent, and after the grace whatever is left.
 */
function closed(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
    const hard = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearInterval(idle)
      clearTimeout(hard)
      resolve()
    })
  })
}

function urlOf(address: AddressInfo | null, hostname: string, port: number): string {
  const host = hostname.includes(':') ? `[${hostname}]` : hostname
  return `http://${host}:${address?.port ?? port}`
}
