import type { KnownCaller, MissionControl, MissionControlClient, Outcome } from '@mission-control/core'
import type { Asked } from './asked.ts'
import { invalid, refuse } from './refuse.ts'
import { readSessionCookie } from './sessions/cookie.ts'
import { csrfProblem, pageProblem } from './sessions/page-checks.ts'

/** Longest header that is looked at; a key is far shorter. */
const HEADER_CHARS_MAX = 512
/** A number of Telegram, or something that is no link of anybody. */
const ACT_FOR_CHARS_MAX = 32
/** Names the Telegram user whose linked person acts; only the key of a bridge may. */
const ACT_FOR_HEADER = 'mc-act-for'
const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i

/** Who sent a request: the client of its principal, and the key it came with. */
export interface Caller {
  readonly client: MissionControlClient
  readonly token: string
  readonly who: KnownCaller
}

/**
 * Finds out who asks: by the key in `Authorization`, or by the session in the cookie of a browser. A key in a URL would
 * end up in logs and histories. A cookie is also sent by pages that nobody trusts, so it counts only with signs that one
 * of ours sent it. A request with both is refused: which of the two it acts for would be a guess.
 */
export async function authenticate(missionControl: MissionControl, asked: Asked): Promise<Outcome<Caller>> {
  const authorization = asked.request.headers.get('authorization')
  const cookie = readSessionCookie(asked)
  if (!cookie.ok) return cookie
  if (cookie.data === null) {
    const token = bearerOf(authorization)
    return token.ok ? known(await lookUp(missionControl, token.data, asked), false) : token
  }
  if (authorization !== null) {
    return invalid('this has a key and a session', [{ field: 'authorization', message: 'goes without the cookie' }])
  }
  const problem = pageProblem(asked) ?? (await csrfProblem(asked.request, cookie.data))
  return problem ?? known(await lookUp(missionControl, cookie.data, asked), true)
}

/** A session is good in a cookie only, and a key in a header only: neither can be passed off as the other. */
function known(found: Outcome<Caller>, isByCookie: boolean): Outcome<Caller> {
  if (!found.ok || (found.data.who.kind === 'SESSION') === isByCookie) return found
  return refuse('UNAUTHENTICATED', isByCookie ? 'the cookie holds no session' : 'a session is no key')
}

function bearerOf(authorization: string | null): Outcome<string> {
  const hint = 'Send Authorization: Bearer mc_live_…'
  if (authorization === null) return refuse('UNAUTHENTICATED', 'this needs a key', { hint })
  const token = authorization.length > HEADER_CHARS_MAX ? undefined : BEARER.exec(authorization)?.[1]
  if (token === undefined) return refuse('UNAUTHENTICATED', 'the Authorization header is not one Bearer key', { hint })
  return { ok: true, data: token }
}

/** The caller whom a token belongs to, unless too many that opened nothing came from where it comes from. */
export async function lookUp(
  missionControl: MissionControl,
  token: string,
  { request, origin, rates }: Pick<Asked, 'request' | 'origin' | 'rates'>,
): Promise<Outcome<Caller>> {
  const address = origin.address ?? null
  const keyId = keyIdOf(token)
  const guessing = rates.guessing(address, keyId)
  if (guessing !== null) return { ok: false as const, error: guessing }
  const actFor = request.headers.get(ACT_FOR_HEADER)
  let who: KnownCaller | null = null
  const outcome = await missionControl.authenticate(token, {
    ...(actFor === null ? {} : { actFor: actFor.slice(0, ACT_FOR_CHARS_MAX) }),
    onKnown: (known) => {
      who = known
    },
  })
  rates.looked(address, keyId, outcome.ok)
  if (!outcome.ok) return outcome
  if (who === null) throw new Error('whoever is let in has a name')
  return { ok: true as const, data: { client: outcome.data, token, who } }
}

/** The public half of a key: `mc_live_<keyId>_…`. */
export function keyIdOf(token: string): string {
  return token.split('_')[2] ?? token
}
