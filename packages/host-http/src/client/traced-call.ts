import {
  type CallContext,
  CODES,
  isMissionControlError,
  type Outcome,
  type Span,
  type Tracer,
} from '@mission-control/core'
import type { Route } from '../routes/route.ts'

/**
 * One call over HTTP as a span of whoever makes it, by the conventions of HTTP; the host is told of it, so that its part
 * belongs to the same trace. However often the call is repeated on the way, it is one.
 */
export function tracedCall(
  tracer: Tracer,
  { route, host, context }: { readonly route: Route; readonly host: URL; readonly context: CallContext },
  call: (context: CallContext) => Promise<Outcome<unknown>>,
): Promise<Outcome<unknown>> {
  const attributes = {
    'http.request.method': route.method,
    'url.template': route.path,
    'server.address': host.hostname,
    'server.port': Number(host.port) || (host.protocol === 'https:' ? 443 : 80),
    'mission_control.operation': route.operation,
  }
  const name = `${route.method} ${route.path}`
  return tracer.within({ name, kind: 'CLIENT', attributes, traceparent: context.traceparent ?? null }, async (span) => {
    try {
      const { traceparent } = span
      const outcome = await call(traceparent === null ? context : { ...context, traceparent })
      noteAnswer(span, route, outcome)
      return outcome
    } catch (fault) {
      span.fail(isMissionControlError(fault) ? fault.code : 'INTERNAL')
      throw fault
    }
  })
}

function noteAnswer(span: Span, route: Route, outcome: Outcome<unknown>): void {
  if (outcome.ok) {
    span.note({ 'http.response.status_code': route.successStatus })
    return
  }
  const { code } = outcome.error
  span.note({ 'http.response.status_code': CODES[code].status, 'mission_control.code': code })
  span.fail(code)
}
