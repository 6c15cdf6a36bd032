// OpenTelemetry is no dependency of anything here: whoever traces has its API installed already, and gets spans from it.

import type { Span, SpanAttributes, SpanStart, Tracer } from '@mission-control/core'
import type * as OpenTelemetry from '@opentelemetry/api'
import { traceIdsOf } from './trace.ts'

type Api = typeof OpenTelemetry

/** Under this name the spans are filed. */
const SCOPE = '@mission-control'

/**
 * A tracer that writes spans with the OpenTelemetry of this program; undefined where `@opentelemetry/api` is not
 * installed. Which SDK takes them, and where they go, is settled by the program, as for everything else it traces.
 */
export async function openTelemetry(): Promise<Tracer | undefined> {
  try {
    return tracerOf(await import('@opentelemetry/api'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  }
}

function tracerOf(api: Api): Tracer {
  const tracer = api.trace.getTracer(SCOPE)
  return {
    async within<T>(start: SpanStart, work: (span: Span) => Promise<T>): Promise<T> {
      const { name, kind, attributes } = start
      const parent = parentOf(api, start.traceparent)
      const span = tracer.startSpan(name, { kind: api.SpanKind[kind], attributes: { ...attributes } }, parent)
      try {
        return await api.context.with(api.trace.setSpan(parent, span), () => work(faceOf(api, span)))
      } finally {
        span.end()
      }
    },
  }
}

/**
 * Where a span belongs: to what is under way here, unless whoever asked names another trace. A server whose requests are
 * traced already, by an instrumentation, goes on in the span of that one.
 */
function parentOf(api: Api, traceparent: string | null): OpenTelemetry.Context {
  const here = api.context.active()
  const ids = traceparent === null ? null : traceIdsOf(traceparent)
  if (ids === null || api.trace.getSpanContext(here)?.traceId === ids.traceId) return here
  return api.trace.setSpanContext(here, { ...ids, isRemote: true })
}

function faceOf(api: Api, span: OpenTelemetry.Span): Span {
  const context = span.spanContext()
  const flags = context.traceFlags.toString(16).padStart(2, '0')
  return {
    traceparent: api.isSpanContextValid(context) ? `00-${context.traceId}-${context.spanId}-${flags}` : null,
    rename: (name) => void span.updateName(name),
    note: (attributes: SpanAttributes) => void span.setAttributes({ ...attributes }),
    fail: (code) => {
      span.setStatus({ code: api.SpanStatusCode.ERROR, message: code })
      span.setAttribute('error.type', code)
    },
  }
}
