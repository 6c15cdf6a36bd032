import {
  isMissionControlError,
  type Logger,
  type MissionControl,
  type Refusal,
  silentLogger,
} from '@mission-control/core'
import { type Context, Hono } from 'hono'
import { ACT_FOR_HEADER, authenticate, type Caller } from './authenticate.ts'
import { addDocs } from './docs/add-docs.ts'
import { StreamServer } from './events/stream-server.ts'
import { StoreHealth } from './health.ts'
import { DEFAULT_LIMITS, type HttpLimits } from './limits.ts'
import { MCP_PATH, mcpOverHttp } from './mcp/http.ts'
import { REPLAYED_HEADER } from './preconditions.ts'
import { problemOf, problemOfFault, problemResponse } from './problem.ts'
import { bodyTooLarge, declaredTooLarge } from './read-body.ts'
import { refuse } from './refuse.ts'
import { reply } from './reply.ts'
import { ROUTES, STREAM_PATH } from './routes/index.ts'
import { routeServer } from './serve-route.ts'
import { type Trace, traceOf } from './trace.ts'

export interface HttpHandlerOptions {
  readonly missionControl: MissionControl
  readonly logger?: Logger
  readonly limits?: Partial<HttpLimits>
  /** The clock of health reports, epoch ms. Nothing is decided by it. */
  readonly now?: () => number
}

/** Answers requests of the Fetch standard, on any platform that has them. */
export interface HttpHandler {
  (request: Request): Promise<Response>
  /** Ends the event streams and opens no other. Requests are still answered; the caller stops when they are done. */
  drain(): void
}

type Env = { Variables: { trace: Trace; url: URL; caller: Caller; isReplay?: true } }
type App = Hono<Env>
type Ctx = Context<Env>

/** On every answer: kept by nobody, shown in no frame. There is no CORS header, so no page of another origin reads it. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

/**
 * Makes the HTTP face of a Mission Control. Each request is looked at in the same order: is it too large, whose key is
 * it, is it well-formed; then it is one operation of the registry, with the rights of that key and no others.
 */
export function createHttpHandler(options: HttpHandlerOptions): HttpHandler {
  const { missionControl, logger = silentLogger, now = Date.now } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const streams = new StreamServer({ missionControl, limits, logger })
  const app: App = new Hono<Env>()

  app.use(async (c, next) => {
    c.set('trace', traceOf(c.req.raw.headers))
    c.set('url', new URL(c.req.url))
    await next()
    for (const [name, value] of Object.entries(HEADERS)) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value)
    }
    c.res.headers.set('x-request-id', c.var.trace.requestId)
    if (c.var.isReplay === true) c.res.headers.set(REPLAYED_HEADER, 'true')
  })
  app.use(async (c, next) => {
    const { url } = c.var
    if (url.pathname.length + url.search.length > limits.urlCharsMax) {
      return refused(
        c,
        refuse('PAYLOAD_TOO_LARGE', `path and query have at most ${limits.urlCharsMax} characters`).error,
      )
    }
    if (declaredTooLarge(c.req.raw.headers, limits)) return refused(c, bodyTooLarge(limits).error)
    return next()
  })
  app.on('ALL', ['/v1/*', MCP_PATH], async (c, next) => {
    const known = await authenticate(
      missionControl,
      c.req.header('authorization') ?? null,
      c.req.header(ACT_FOR_HEADER) ?? null,
    )
    if (!known.ok) return refused(c, known.error)
    c.set('caller', known.data)
    return next()
  })

  addHealth(app, new StoreHealth({ missionControl, limits, logger, now }), now)
  addDocs(app)
  addOperations(app, limits)
  app.get(honoPath(STREAM_PATH), async (c, next) => {
    // Nobody would read or leave a stream that was asked for without its body.
    if (c.req.raw.method === 'HEAD') return next()
    const { caller, url } = c.var
    const opened = await streams.open({
      request: c.req.raw,
      url,
      projectIdOrSlug: c.req.param('projectId') ?? '',
      caller,
    })
    return opened.ok ? opened.data : refused(c, opened.error)
  })
  const mcp = mcpOverHttp(limits, logger)
  app.all(MCP_PATH, async (c) => {
    const answered = await mcp({ request: c.req.raw, url: c.var.url, caller: c.var.caller })
    return answered.ok ? answered.data : refused(c, answered.error)
  })
  addWrongMethods(app)
  app.notFound((c) =>
    refused(c, refuse('NOT_FOUND', 'there is nothing at this path', { hint: 'Check the path.' }).error),
  )
  app.onError((fault, c) => {
    const problem = problemOfFault(fault, c.var.url.pathname, c.var.trace)
    const log = problem.code === 'INTERNAL' ? logger.error : logger.warn
    log.call(logger, 'a request failed', {
      traceId: problem.traceId,
      requestId: c.var.trace.requestId,
      method: c.req.method,
      path: c.var.url.pathname,
      code: problem.code,
      error: fault.stack ?? String(fault),
      ...(isMissionControlError(fault) && fault.cause !== undefined ? { cause: String(fault.cause) } : {}),
    })
    return problemResponse(problem)
  })

  const handle = async (request: Request): Promise<Response> => app.fetch(request)
  return Object.assign(handle, { drain: () => streams.drain() })
}

function refused(c: Ctx, refusal: Refusal): Response {
  return problemResponse(problemOf(refusal, c.var.url.pathname, c.var.trace))
}

/** One handler per route of the table. */
function addOperations(app: App, limits: HttpLimits): void {
  for (const route of ROUTES) {
    const serveRoute = routeServer(route, limits)
    app.on(route.method, honoPath(route.path), async (c: Ctx) => {
      const { caller, trace, url } = c.var
      const path = c.req.param() as Record<string, string>
      const onReplay = () => c.set('isReplay', true)
      const outcome = await serveRoute({ request: c.req.raw, url, path, client: caller.client, trace, onReplay })
      return outcome.ok ? reply(route, outcome.data, url) : refused(c, outcome.error)
    })
  }
}

function addHealth(app: App, health: StoreHealth, now: () => number): void {
  for (const path of ['/health/check', '/healthz']) {
    app.get(path, async (c) => {
      const isHealthy = await health.answers()
      return c.json({ status: isHealthy ? 'healthy' : 'unhealthy', timestamp: now() }, isHealthy ? 200 : 503)
    })
  }
}

/** Paths that exist, asked with a method that they do not have. Added last: a route that fits comes first. */
function addWrongMethods(app: App): void {
  const methods = new Map<string, Set<string>>([[STREAM_PATH, new Set(['GET'])]])
  for (const { method, path } of ROUTES) {
    const known = methods.get(path) ?? new Set()
    methods.set(path, known.add(method))
    if (method === 'GET') known.add('HEAD')
  }
  for (const [path, known] of methods) {
    const allow = [...known].sort().join(', ')
    app.all(honoPath(path), (c) => {
      const { error } = refuse('NOT_FOUND', `${c.req.method} is not among ${allow}`, {
        hint: 'Use a method that Allow names.',
      })
      // The one status that no code has: it is an answer of HTTP, not of an operation.
      return problemResponse(problemOf(error, c.var.url.pathname, c.var.trace, 405), { allow })
    })
  }
}

function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1')
}
