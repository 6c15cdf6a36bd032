import type { Outcome } from '@mission-control/core'
import type { Asked } from '../asked.ts'
import { refuse } from '../refuse.ts'
import { isSecure } from './cookie.ts'
import { isCsrfToken } from './csrf.ts'

/** Where a page shows that it was told what only pages of ours are told. */
export const CSRF_HEADER = 'x-csrf-token'

type Refused = Extract<Outcome<never>, { ok: false }>
type Arrived = Pick<Asked, 'request' | 'url' | 'origin' | 'cors'>

/** What changes nothing, by the rules of HTTP and by the route table. */
const READING: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

/**
 * Why this does not count as sent by a page of ours. What a browser says of itself is believed: a page cannot write
 * `Origin` or `Sec-Fetch-Site`. Whatever else changes something must come with one of the two.
 */
export function pageProblem({ request, url, origin, cors }: Arrived): Refused | null {
  const { headers, method } = request
  const said = headers.get('origin')
  const site = headers.get('sec-fetch-site')
  const own = `${isSecure({ url, origin }) ? 'https' : 'http'}://${url.host}`
  const isNamed = said !== null && (said === own || cors?.origins.includes(said) === true)
  if (said !== null && !isNamed) return foreign(`pages of ${said.slice(0, 200)} may not use a session here`)
  // A link or a picture of another site sends no Origin with its GET.
  if (site === 'cross-site' && !isNamed) return foreign('pages of other sites may not use a session here')
  if (READING.includes(method) || isNamed || site === 'same-origin') return null
  return foreign('it does not say which page sent it')
}

function foreign(detail: string): Refused {
  return refuse('FORBIDDEN', detail, {
    hint: 'Send it from a page of this host, or of an origin that the host names; programs send a key instead.',
  })
}

/** Why a request that changes something does not count as wanted: it lacks the token of its session. */
export async function csrfProblem(request: Request, session: string): Promise<Refused | null> {
  if (READING.includes(request.method)) return null
  if (await isCsrfToken(session, request.headers.get(CSRF_HEADER) ?? '')) return null
  return refuse('FORBIDDEN', 'X-CSRF-Token is not the one of this session', {
    hint: 'Send the csrfToken of GET /v1/session in X-CSRF-Token.',
  })
}
