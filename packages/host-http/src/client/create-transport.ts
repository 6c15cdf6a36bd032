import {
  type CallContext,
  MissionControlError,
  type Outcome,
  RefusedError,
  type Tracer,
  type Transport,
} from '@mission-control/core'
import ky, { HTTPError, type KyInstance, TimeoutError } from 'ky'
import { REPLAYED_HEADER } from '../preconditions.ts'
import { refuse } from '../refuse.ts'
import { STREAM_PATH } from '../routes/index.ts'
import type { Route } from '../routes/route.ts'
import { followEvents } from './follow-events.ts'
import { readProblem, UNSURE } from './read-problem.ts'
import { clientRoute, type RouteRequest, routeRequest } from './route-request.ts'
import { tracedCall } from './traced-call.ts'

export interface HttpTransportOptions {
  /** Where the host is, such as `https://mission-control.example`. A path before `/v1` is kept. */
  readonly baseUrl: string
  /** Replaces the platform's `fetch`: for proxies, or to call a handler in the same program. */
  readonly fetch?: (request: Request) => Promise<Response>
  /** How long one attempt may take. */
  readonly timeoutMs?: number
  /** Makes each call a span, and the host's part of it; `openTelemetry()` gives one. */
  readonly tracer?: Tracer
}

const TIMEOUT_MS = 30_000
const RETRIES_MAX = 2
const BACKOFF_MS_MAX = 2_000
/** A host that wants a longer pause is answered to the caller instead of being waited for. */
const RETRY_AFTER_MS_MAX = 10_000
/** What a host or something before it answers when it has done nothing and may do it later. */
const RETRY_STATUSES = [429, 502, 503, 504]

/**
 * How a client reaches a Mission Control over HTTP. Operations, inputs, answers and refusals are the same as in
 * process; what cannot be answered at all throws MissionControlError. Calls that can be repeated without a second
 * effect, a read or one with an idempotency key, are repeated when the connection or the host fails.
 */
export function createHttpTransport(options: HttpTransportOptions): Transport {
  const { fetch, tracer } = options
  const baseUrl = baseUrlOf(options.baseUrl)
  const host = new URL(baseUrl)
  const http = ky.create({
    prefixUrl: baseUrl,
    // The host never sends anybody elsewhere, and a key must not follow.
    redirect: 'error',
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    ...(fetch === undefined
      ? {}
      : { fetch: (input: Request | URL | string, init?: RequestInit) => fetch(new Request(input, init)) }),
  })
  return {
    async send(operation, input, context) {
      const route = clientRoute(operation)
      if (route === undefined) return refuse('NOT_FOUND', `no such operation over HTTP: ${operation}`)
      const request = routeRequest(route, (input ?? {}) as Record<string, unknown>)
      if (!request.ok) return request
      const call = (within: CallContext) => answerOf(() => sendRequest(http, route, request.data, within), within)
      return tracer === undefined ? call(context) : tracedCall(tracer, { route, host, context }, call)
    },
    subscribe({ projectId, after, signal, key }) {
      return followEvents({
        after: after ?? null,
        signal,
        open: (from, connection) => openStream(http, { projectId, from, key, signal: connection }),
      })
    },
  }
}

function baseUrlOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '') {
    throw new MissionControlError('INTERNAL', 'baseUrl is not the address of a host', {
      hint: 'Give an http or https URL without user, query or fragment.',
    })
  }
  return url.href
}

function sendRequest(http: KyInstance, route: Route, request: RouteRequest, context: CallContext): Promise<Response> {
  // One key for all attempts of this call, so that a lost answer does not cost a second effect.
  const key = context.idempotencyKey ?? (route.idempotencyKey === 'required' ? crypto.randomUUID() : undefined)
  const isRepeatable = route.idempotencyKey === 'none' || key !== undefined
  return http(request.path, {
    method: request.method,
    searchParams: request.query,
    ...(request.body === undefined ? {} : { json: request.body }),
    ...(context.signal === undefined ? {} : { signal: context.signal }),
    headers: {
      accept: 'application/json',
      ...request.headers,
      ...authorization(context.key),
      ...(key === undefined || route.idempotencyKey === 'none' ? {} : { 'idempotency-key': key }),
      ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
      ...(context.oneTimeCode === undefined ? {} : { 'x-mc-otp': context.oneTimeCode }),
    },
    retry: {
      limit: isRepeatable ? RETRIES_MAX : 0,
      methods: ['get', 'post', 'put', 'patch', 'delete'],
      statusCodes: RETRY_STATUSES,
      afterStatusCodes: RETRY_STATUSES,
      backoffLimit: BACKOFF_MS_MAX,
      jitter: true,
      retryOnTimeout: true,
      shouldRetry: ({ error }) => (isAskedToWaitLong(error) ? false : undefined),
    },
  })
}

function authorization(key: string | undefined): Record<string, string> {
  return key === undefined ? {} : { authorization: `Bearer ${key}` }
}

function isAskedToWaitLong(error: Error): boolean {
  if (!(error instanceof HTTPError)) return false
  return Number(error.response.headers.get('retry-after') ?? 0) * 1000 > RETRY_AFTER_MS_MAX
}

/** What came back, as in process: the data, a refusal, or a fault thrown. */
async function answerOf(
  ask: () => Promise<Response>,
  { signal, onReplay }: Pick<CallContext, 'signal' | 'onReplay'>,
): Promise<Outcome<unknown>> {
  let response: Response
  try {
    response = await ask()
  } catch (error) {
    if (!(error instanceof HTTPError)) throw unreached(error, signal)
    if (error.response.headers.has(REPLAYED_HEADER)) onReplay?.()
    return readProblem(error.response)
  }
  if (response.headers.has(REPLAYED_HEADER)) onReplay?.()
  try {
    return { ok: true, data: await response.json() }
  } catch (error) {
    throw unreached(error, signal)
  }
}

/** Why there is no answer. The caller's own abort is given back as it is. */
function unreached(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason
  const why = error instanceof TimeoutError ? 'the host did not answer in time' : 'the host could not be reached'
  return new MissionControlError('UNAVAILABLE', why, { cause: error, hint: UNSURE })
}

interface StreamRequest {
  readonly projectId: string | undefined
  readonly from: string | null
  readonly key: string | undefined
  readonly signal: AbortSignal
}

async function openStream(http: KyInstance, { projectId, from, key, signal }: StreamRequest): Promise<Response> {
  if (projectId === undefined)
    throw new RefusedError(refuse('VALIDATION', 'over HTTP a stream is of one project').error)
  const path = STREAM_PATH.slice(1).replace('{projectId}', () => encodeURIComponent(projectId))
  try {
    return await http(path, {
      signal,
      timeout: false,
      retry: 0,
      ...(from === null ? {} : { searchParams: { after: from } }),
      headers: { accept: 'text/event-stream', ...authorization(key) },
    })
  } catch (error) {
    if (!(error instanceof HTTPError)) throw unreached(error, signal)
    const { error: refusal } = await readProblem(error.response)
    throw new RefusedError(refusal)
  }
}
