import { CODES, type Code, isMissionControlError, type Refusal } from '@mission-control/core'
import type { Trace } from './trace.ts'

/** Where the meaning of a code can be read, on this host. */
export const ERROR_DOCS_PATH = '/docs/errors'

/** Everything a refusal carries beyond its text. */
type Extras = Omit<Refusal, 'code' | 'title' | 'detail' | 'hint' | 'traceId' | 'status'>

/** A refusal or a fault as RFC 9457 tells it. */
export interface Problem extends Extras {
  readonly type: string
  readonly title: string
  /** The HTTP status. What a refusal calls `status`, how a run or approval ended, is `finalStatus` here. */
  readonly status: number
  readonly detail: string
  readonly instance: string
  readonly code: Code
  readonly hint: string
  readonly traceId: string
  readonly finalStatus?: string
}

/** The problem of a refusal. Its status is the one of the table of codes, unless HTTP itself has a closer one. */
export function problemOf(
  refused: Refusal,
  instance: string,
  trace: Trace,
  status: number = CODES[refused.code].status,
): Problem {
  const { code, title, detail, hint, traceId, status: finalStatus, ...extras } = refused
  return {
    type: `${ERROR_DOCS_PATH}/${code}`,
    title,
    status,
    detail,
    instance,
    code,
    hint,
    traceId: traceId ?? trace.traceId,
    ...extras,
    ...(finalStatus === undefined ? {} : { finalStatus }),
  }
}

/** The problem of something thrown. It says which kind of fault it is and nothing of what is inside. */
export function problemOfFault(fault: unknown, instance: string, trace: Trace): Problem {
  const code = isMissionControlError(fault) ? fault.code : 'INTERNAL'
  const { status, title, hint } = CODES[code]
  return {
    type: `${ERROR_DOCS_PATH}/${code}`,
    title,
    status,
    detail: `${title.toLowerCase()}; the host's log has more under this traceId`,
    instance,
    code,
    hint,
    traceId: trace.traceId,
  }
}

/** How long a caller of a busy or unreachable store should wait, in seconds. */
const FAULT_RETRY_AFTER_S = 1

/** A problem on the wire, with the headers that go with it. */
export function problemResponse(problem: Problem, headers: Readonly<Record<string, string>> = {}): Response {
  const retryAfterS = retryAfter(problem)
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      ...(problem.code === 'UNAUTHENTICATED' ? { 'www-authenticate': 'Bearer realm="mission-control"' } : {}),
      ...(retryAfterS === null ? {} : { 'retry-after': String(retryAfterS) }),
      ...headers,
    },
  })
}

function retryAfter(problem: Problem): number | null {
  if (problem.retryAfterMs !== undefined) return Math.max(1, Math.ceil(problem.retryAfterMs / 1000))
  return problem.status === 503 ? FAULT_RETRY_AFTER_S : null
}
