/** How one request is found again: in the answer, in the log of the host, and in the events it caused. */
export interface Trace {
  /** Given by the caller or drawn here; sent back as `x-request-id`. */
  readonly requestId: string
  /** W3C trace context of the caller, or of the span of this request; it goes into the events. */
  readonly traceparent: string | null
  /** What a refusal shows: the trace, otherwise the request. */
  readonly traceId: string
}

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/

/**
 * Reads the marks of a request. What is not well-formed is not repeated, so nobody writes into our log through a header.
 * `own` is the trace context of the span that this request is, where requests are traced.
 */
export function traceOf(headers: Headers, own: string | null = null): Trace {
  const given = headers.get('x-request-id')
  const requestId = given !== null && REQUEST_ID.test(given) ? given : crypto.randomUUID()
  const parent = own ?? headers.get('traceparent')
  const ids = parent === null ? null : traceIdsOf(parent)
  return { requestId, traceparent: ids === null ? null : parent, traceId: ids?.traceId ?? requestId }
}

/** The parts of a W3C trace context; null when it is not well-formed. */
export function traceIdsOf(traceparent: string): { traceId: string; spanId: string; traceFlags: number } | null {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) }
}
