/** How one request is found again: in the answer, in the log of the host, and in the events it caused. */
export interface Trace {
  /** Given by the caller or drawn here; sent back as `x-request-id`. */
  readonly requestId: string
  /** W3C trace context of the caller; it goes into the events. */
  readonly traceparent: string | null
  /** What a refusal shows: the trace of the caller, otherwise the request. */
  readonly traceId: string
}

const REQUEST_ID = /^[A-Za-z0-9._:-]{1,128}$/
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** Reads the marks of a request. What is not well-formed is not repeated, so nobody writes into our log through a header. */
export function traceOf(headers: Headers): Trace {
  const given = headers.get('x-request-id')
  const requestId = given !== null && REQUEST_ID.test(given) ? given : crypto.randomUUID()
  const parent = headers.get('traceparent')
  const traceId = parent === null ? undefined : TRACEPARENT.exec(parent)?.[1]
  return { requestId, traceparent: traceId === undefined ? null : parent, traceId: traceId ?? requestId }
}
