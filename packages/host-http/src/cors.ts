/** Which pages of other origins may ask this host. Nobody may unless named. */
export interface CorsOptions {
  /** Exact origins such as `https://dashboard.example`. There is no wildcard: every answer is somebody's. */
  readonly origins: readonly string[]
}

const PREFLIGHT_S = 600
const EXPOSED = [
  'etag',
  'link',
  'location',
  'retry-after',
  'x-request-id',
  'idempotency-replayed',
  'ratelimit',
  'ratelimit-policy',
  'deprecation',
  'sunset',
].join(', ')
const ASKED = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'last-event-id',
  'traceparent',
  'x-csrf-token',
  'x-mc-otp',
  'x-request-id',
].join(', ')

/** What an answer to this origin says of it; null for an origin that is not named, which then reads nothing. */
export function corsHeaders(options: CorsOptions, origin: string | null): Readonly<Record<string, string>> | null {
  if (origin === null || !options.origins.includes(origin)) return null
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': EXPOSED,
    'cross-origin-resource-policy': 'cross-origin',
    vary: 'origin',
  }
}

/** The answer to a browser that asks before it asks; null when this is no such question, or not from a named origin. */
export function preflight(options: CorsOptions, request: Request): Response | null {
  if (request.method !== 'OPTIONS' || !request.headers.has('access-control-request-method')) return null
  const headers = corsHeaders(options, request.headers.get('origin'))
  if (headers === null) return null
  return new Response(null, {
    status: 204,
    headers: {
      ...headers,
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': ASKED,
      'access-control-max-age': String(PREFLIGHT_S),
    },
  })
}
