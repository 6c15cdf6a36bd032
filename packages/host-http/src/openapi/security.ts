import { CSRF_HEADER } from '../sessions/page-checks.ts'
import type { JsonSchema } from './json-schema.ts'

/** How a request says who sends it. */
export const SECURITY_SCHEMES: Readonly<Record<string, JsonSchema>> = {
  key: { type: 'http', scheme: 'bearer', bearerFormat: 'mc_live_<keyId>_<secret>' },
  session: {
    type: 'apiKey',
    in: 'cookie',
    name: '__Host-mc_session',
    description: 'The session of a person in a browser; without TLS the cookie is called `mc_session`.',
  },
  csrf: {
    type: 'apiKey',
    in: 'header',
    name: CSRF_HEADER,
    description:
      'The `csrfToken` of the session. Goes with the cookie on everything but reads, from a page of this host.',
  },
}

const KEY = { key: [] }

/** Who may send a request of this method: reads need no token beside the cookie. */
export function securityOf(method: string): readonly JsonSchema[] {
  return [KEY, method.toLowerCase() === 'get' ? { session: [] } : { session: [], csrf: [] }]
}
