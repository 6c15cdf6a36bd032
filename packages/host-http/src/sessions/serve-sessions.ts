import type { KnownCaller, MissionControl, MissionControlClient, Outcome } from '@mission-control/core'
import type { Asked } from '../asked.ts'
import { type Caller, lookUp } from '../authenticate.ts'
import type { HttpLimits } from '../limits.ts'
import { readBody } from '../read-body.ts'
import { invalid, refuse } from '../refuse.ts'
import { endedCookie, readSessionCookie, sessionCookie } from './cookie.ts'
import { csrfToken } from './csrf.ts'
import { pageProblem } from './page-checks.ts'

export const SESSION_PATH = '/v1/session'

/** Longer than any key. */
const KEY_CHARS_MAX = 512

/** What a page is told of its session; never the session itself, which no script can read. */
interface SessionShown {
  readonly credentialId: string
  readonly principalId: string
  readonly expiresAt: number | null
  /** Goes into `X-CSRF-Token` of every request that changes something. */
  readonly csrfToken: string
}

/**
 * Signs a person in: their key comes once, in the body, and a session goes into a cookie. What session the browser had
 * before is over, so that none is carried from one person to the next.
 */
export async function signIn(
  missionControl: MissionControl,
  asked: Asked,
  limits: HttpLimits,
): Promise<Outcome<Response>> {
  const { request, rates } = asked
  const isFromPage = request.headers.has('origin') || request.headers.has('sec-fetch-site')
  const foreign = isFromPage ? pageProblem(asked) : null
  if (foreign !== null) return foreign
  const token = await readKey(request, limits)
  if (!token.ok) return token
  const holder = await lookUp(missionControl, token.data, asked)
  if (!holder.ok) return holder
  const counted = rates.count('sign-ins', holder.data.who)
  if (counted?.refusal) return { ok: false, error: counted.refusal }
  const opened = await missionControl.openSession(token.data)
  if (!opened.ok) return opened
  await endFormer(missionControl, asked)
  const { key, credentialId, expiresAt } = opened.data
  const answer = await shown(key, { credentialId, expiresAt, principalId: holder.data.who.principalId })
  return withCookie(answer, 201, sessionCookie(asked, key))
}

async function readKey(request: Request, limits: HttpLimits): Promise<Outcome<string>> {
  if (request.headers.has('authorization')) {
    return invalid('signing in takes the key in the body', [{ field: 'authorization', message: 'must be absent' }])
  }
  const body = await readBody(request, limits)
  if (!body.ok) return body
  const { key, ...others } = body.data
  const errors = Object.keys(others).map((field) => ({ field, message: 'is unknown' }))
  if (typeof key === 'string' && key.length <= KEY_CHARS_MAX && errors.length === 0) return { ok: true, data: key }
  return invalid('signing in takes one key', [
    { field: 'key', message: `is a text of at most ${KEY_CHARS_MAX} characters` },
    ...errors,
  ])
}

async function endFormer(missionControl: MissionControl, asked: Asked): Promise<void> {
  const cookie = readSessionCookie(asked)
  if (!cookie.ok || cookie.data === null) return
  let who: KnownCaller | null = null
  const former = await missionControl.authenticate(cookie.data, {
    onKnown: (known) => {
      who = known
    },
    isUse: false,
  })
  if (former.ok && isSession(who)) await end(former.data, who)
}

/** Tells a page about its session, and gives it the token again after a reload. */
export async function showSession({ token, who }: Caller): Promise<Outcome<Response>> {
  return isSession(who) ? { ok: true, data: Response.json(await shown(token, who)) } : noSession()
}

/** Signs out: the session opens nothing any more, and the browser forgets it. */
export async function signOut(asked: Asked, { client, who }: Caller): Promise<Outcome<Response>> {
  if (!isSession(who)) return noSession()
  const ended = await end(client, who)
  return ended.ok ? withCookie(ended.data, 200, endedCookie(asked)) : ended
}

function end(client: MissionControlClient, { credentialId }: KnownCaller) {
  return client.keys.revoke({ credentialId, reason: 'signed out' })
}

function isSession(who: KnownCaller | null): who is KnownCaller {
  return who?.kind === 'SESSION'
}

function noSession() {
  const hint = 'Sign in with POST /v1/session.'
  return refuse('NOT_FOUND', 'this request came with a key and has no session', { hint })
}

async function shown(
  token: string,
  { credentialId, principalId, expiresAt }: Pick<KnownCaller, 'credentialId' | 'principalId' | 'expiresAt'>,
): Promise<SessionShown> {
  return { credentialId, principalId, expiresAt, csrfToken: await csrfToken(token) }
}

function withCookie(answer: unknown, status: number, cookie: string): Outcome<Response> {
  return { ok: true, data: Response.json(answer, { status, headers: { 'set-cookie': cookie } }) }
}
