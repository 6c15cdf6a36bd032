import { redactText, type Span, type SpanAttributes, type Tracer } from '@mission-control/core'
import type { MiddlewareHandler } from 'hono'
import { matchedRoutes } from 'hono/route'

/** Methods that stand for themselves; whatever else somebody sends is one name, so that nobody makes up more of them. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** What the middleware leaves for the rest of the handler, and finds there afterwards. */
export interface TracedVariables {
  span?: Span
  /** Code of the refusal or fault that was answered. */
  code?: string
}

/**
 * Makes each request a span by the conventions of HTTP, in the trace that the request names. A stream is traced until it
 * begins. Neither queries nor headers nor bodies are told: they hold what people write, and keys.
 */
export function traceRequests(tracer: Tracer): MiddlewareHandler<{ Variables: TracedVariables }> {
  return (c, next) => {
    const { method, headers } = c.req.raw
    const isKnown = METHODS.has(method)
    const attributes: SpanAttributes = {
      'http.request.method': isKnown ? method : '_OTHER',
      'url.scheme': c.req.url.startsWith('https:') ? 'https' : 'http',
    }
    const name = isKnown ? method : 'HTTP'
    const traceparent = headers.get('traceparent')
    return tracer.within({ name, kind: 'SERVER', attributes, traceparent }, async (span) => {
      c.set('span', span)
      await next()
      const route = routeOf(matchedRoutes(c).map(({ path }) => path))
      if (route !== null) {
        span.rename(`${name} ${route}`)
        span.note({ 'http.route': route, 'url.path': redactText(c.req.path) })
      }
      const { status } = c.res
      const { code } = c.var
      span.note({
        'http.response.status_code': status,
        ...(code === undefined ? {} : { 'mission_control.code': code }),
      })
      // By the conventions only what the server itself failed at is an error of its span.
      if (status >= 500) span.fail(code ?? String(status))
    })
  }
}

/** The first path that is no middleware's, as the route table writes it. */
function routeOf(paths: readonly string[]): string | null {
  const path = paths.find((one) => !one.includes('*'))
  return path?.replaceAll(/:(\w+)/g, '{$1}') ?? null
}
