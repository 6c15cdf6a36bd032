import {
  isMissionControlError,
  type Logger,
  type MissionControl,
  type MissionControlClient,
  type Refusal,
  silentLogger,
  type Tracer,
} from '@mission-control/core'
import { type Context, Hono } from 'hono'
import type { Asked, Origin } from './asked.ts'
import { authenticate, type Caller } from './authenticate.ts'
import { type CorsOptions, corsHeaders, preflight } from './cors.ts'
import { addDocs } from './docs/add-docs.ts'
import { StreamServer } from './events/stream-server.ts'
import { EXPORT_PATH, streamExport } from './exports/stream-export.ts'
import { DEFAULT_LIMITS, type HttpLimits } from './limits.ts'
import { MCP_PATH, mcpOverHttp } from './mcp/http.ts'
import { TRACES_PATH, takeTraces } from './otlp/http.ts'
import { REPLAYED_HEADER } from './preconditions.ts'
import { problemOf, problemOfFault, problemResponse } from './problem.ts'
import { rateClassOf } from './rates/rate-class.ts'
import { Rates } from './rates/rates.ts'
import { bodyTooLarge, declaredTooLarge } from './read-body.ts'
import { refuse } from './refuse.ts'
import { deprecationHeaders, reply } from './reply.ts'
import { ROUTES, STREAM_PATH } from './routes/index.ts'
import { routeServer } from './serve-route.ts'
import { endedCookie } from './sessions/cookie.ts'
import { SESSION_PATH, showSession, signIn, signOut } from './sessions/serve-sessions.ts'
import { type Trace, traceOf } from './trace.ts'
import { addWatching, WATCHED_PATHS } from './watching/add-watching.ts'
import { RequestCounts } from './watching/request-counts.ts'
import { type TracedVariables, traceRequests } from './watching/trace-requests.ts'

/** Where a bot whose updates are brought is found. Telegram has no key of ours; it has the secret of the webhook. */
const TELEGRAM_PATH = '/v1/integrations/telegram'

export interface HttpHandlerOptions {
  readonly missionControl: MissionControl
  readonly logger?: Logger
  readonly limits?: Partial<HttpLimits>
  /** Pages of other origins that may ask. Default: none. */
  readonly cors?: CorsOptions
  /** The hosts that this one answers for, as `Host` names them. Default: any; nothing in an answer depends on it. */
  readonly hosts?: readonly string[]
  /** Answers what Telegram brings to `/v1/integrations/telegram`, such as `bot.receive`; it checks its secret itself. */
  readonly telegram?: (request: Request) => Promise<Response>
  /** The clock of health reports and rate limits, epoch ms. */
  readonly now?: () => number
  /** Makes each request a span; `openTelemetry()` gives one. Give the same to `createMissionControl`. */
  readonly tracer?: Tracer
}

/** Answers requests of the Fetch standard, on any platform that has them. */
export interface HttpHandler {
  (request: Request, origin?: Origin): Promise<Response>
  /** Ends the event streams and opens no other. Requests are still answered; the caller stops when they are done. */
  drain(): void
}

type Env = {
  Bindings: Origin
  Variables: TracedVariables & {
    trace: Trace
    url: URL
    caller: Caller
    isReplay?: true
    headers?: Readonly<Record<string, string>>
  }
}
type App = Hono<Env>
type Ctx = Context<Env>

/** On every answer: kept by nobody, shown in no frame, read by no page of another origin unless it is named. */
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
  const { missionControl, logger = silentLogger, now = Date.now, cors, hosts, tracer } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const rates = new Rates(limits, now)
  const streams = new StreamServer({ missionControl, limits, logger })
  const app: App = new Hono<Env>()

  const requests = new RequestCounts()
  if (tracer !== undefined) app.use(traceRequests(tracer))
  addMarks(app, cors, requests)
  addGuards(app, { limits, cors, hosts })
  const { telegram } = options
  if (telegram !== undefined) app.all(TELEGRAM_PATH, (c) => telegram(c.req.raw))
  const askedOf = (c: Ctx): Asked => ({ request: c.req.raw, url: c.var.url, origin: c.env, rates, cors })
  app.post(SESSION_PATH, async (c) => {
    const opened = await signIn(missionControl, askedOf(c), limits)
    return opened.ok ? opened.data : refused(c, opened.error)
  })
  app.on('ALL', ['/v1/*', MCP_PATH, ...WATCHED_PATHS], async (c, next) => {
    const asked = askedOf(c)
    const known = await authenticate(missionControl, asked)
    if (!known.ok) {
      const isOver = known.error.code === 'UNAUTHENTICATED' && c.req.raw.headers.has('cookie')
      if (isOver) c.set('headers', { 'set-cookie': endedCookie(asked) })
      return refused(c, known.error)
    }
    c.set('caller', known.data)
    return next()
  })

  addWatching(app, { missionControl, limits, logger, now, requests, openStreams: () => streams.openCount, refused })
  addDocs(app)
  addOperations(app, missionControl.system, limits, rates)
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
  app.on(['GET', 'DELETE'], SESSION_PATH, async (c) => {
    const { caller } = c.var
    const served = await (c.req.method === 'DELETE' ? signOut(askedOf(c), caller) : showSession(caller))
    return served.ok ? served.data : refused(c, served.error)
  })
  addFaces(app, limits, logger)
  addWrongMethods(app)
  app.notFound((c) =>
    refused(c, refuse('NOT_FOUND', 'there is nothing at this path', { hint: 'Check the path.' }).error),
  )
  app.onError((fault, c) => {
    const problem = problemOfFault(fault, c.var.url.pathname, c.var.trace)
    c.set('code', problem.code)
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

  const handle = async (request: Request, origin: Origin = {}): Promise<Response> => app.fetch(request, origin)
  return Object.assign(handle, { drain: () => streams.drain() })
}

/** What every answer carries, whatever became of the request. */
function addMarks(app: App, cors: CorsOptions | undefined, requests: RequestCounts): void {
  app.use(async (c, next) => {
    c.set('trace', traceOf(c.req.raw.headers, c.var.span?.traceparent))
    c.set('url', new URL(c.req.url))
    const beganAt = performance.now()
    await next()
    requests.note(c.res.status, performance.now() - beganAt)
    const cross = cors === undefined ? null : corsHeaders(cors, c.req.raw.headers.get('origin'))
    for (const [name, value] of Object.entries({ ...HEADERS, ...cross })) {
      if (!c.res.headers.has(name)) c.res.headers.set(name, value)
      else if (name === 'vary') c.res.headers.append(name, value)
    }
    for (const [name, value] of Object.entries(c.var.headers ?? {})) {
      if (name === 'link') c.res.headers.append(name, value)
      else c.res.headers.set(name, value)
    }
    c.res.headers.set('x-request-id', c.var.trace.requestId)
    if (c.var.isReplay === true) c.res.headers.set(REPLAYED_HEADER, 'true')
  })
}

interface Guards {
  readonly limits: HttpLimits
  readonly cors: CorsOptions | undefined
  readonly hosts: readonly string[] | undefined
}

/** What is refused before it is asked who asks. */
function addGuards(app: App, { limits, cors, hosts }: Guards): void {
  app.use(async (c, next) => {
    const { url } = c.var
    if (url.pathname.length + url.search.length > limits.urlCharsMax) {
      return refused(
        c,
        refuse('PAYLOAD_TOO_LARGE', `path and query have at most ${limits.urlCharsMax} characters`).error,
      )
    }
    if (hosts !== undefined && !hosts.includes(url.host)) {
      const { error } = refuse('NOT_FOUND', 'this host does not answer for that name', { hint: 'Check the host.' })
      return problemResponse(problemOf(error, url.pathname, c.var.trace, 421))
    }
    const asked = cors === undefined ? null : preflight(cors, c.req.raw)
    if (asked !== null) return asked
    if (declaredTooLarge(c.req.raw.headers, limits)) return refused(c, bodyTooLarge(limits).error)
    return next()
  })
}

function refused(c: Ctx, refusal: Refusal): Response {
  c.set('code', refusal.code)
  return problemResponse(problemOf(refusal, c.var.url.pathname, c.var.trace))
}

/** What is spoken here beside the routes of operations: MCP, OTLP in, and files that are streamed. */
function addFaces(app: App, limits: HttpLimits, logger: Logger): void {
  const mcp = mcpOverHttp(limits, logger)
  app.all(MCP_PATH, async (c) => {
    const answered = await mcp({ request: c.req.raw, url: c.var.url, caller: c.var.caller })
    return answered.ok ? answered.data : refused(c, answered.error)
  })
  app.get(honoPath(EXPORT_PATH), async (c, next) => {
    if (c.req.raw.method === 'HEAD') return next()
    const { caller, url } = c.var
    const projectIdOrSlug = c.req.param('projectId') ?? ''
    const begun = await streamExport({ client: caller.client, url, projectIdOrSlug, part: c.req.param('part') ?? '' })
    return begun.ok ? begun.data : refused(c, begun.error)
  })
  app.post(TRACES_PATH, async (c) => {
    const taken = await takeTraces(c.req.raw, c.var.caller.client, limits)
    return taken.ok ? c.json(taken.data) : refused(c, taken.error)
  })
}

/** One handler per route of the table. */
function addOperations(app: App, names: MissionControlClient, limits: HttpLimits, rates: Rates): void {
  for (const route of ROUTES) {
    const serveRoute = routeServer(route, limits)
    const rateClass = rateClassOf(route)
    const leaving = route.deprecation === undefined ? {} : deprecationHeaders(route.deprecation)
    app.on(route.method, honoPath(route.path), async (c: Ctx) => {
      const { caller, trace, url } = c.var
      const counted = rateClass === null ? null : rates.count(rateClass, caller.who)
      c.set('headers', { ...leaving, ...counted?.headers })
      if (counted?.refusal) return refused(c, counted.refusal)
      const path = c.req.param() as Record<string, string>
      const onReplay = () => c.set('isReplay', true)
      const outcome = await serveRoute({ request: c.req.raw, url, path, client: caller.client, names, trace, onReplay })
      return outcome.ok ? reply(route, outcome.data, url, c.req.raw.headers) : refused(c, outcome.error)
    })
  }
}

/** Paths that exist, asked with a method that they do not have. Added last: a route that fits comes first. */
function addWrongMethods(app: App): void {
  const methods = new Map<string, Set<string>>([
    [STREAM_PATH, new Set(['GET'])],
    [TRACES_PATH, new Set(['POST'])],
    [SESSION_PATH, new Set(['DELETE', 'GET', 'HEAD', 'POST'])],
    [EXPORT_PATH, new Set(['GET'])],
  ])
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
