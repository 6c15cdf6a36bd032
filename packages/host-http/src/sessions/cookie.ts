import type { Outcome } from '@mission-control/core'
import type { Asked } from '../asked.ts'
import { invalid } from '../refuse.ts'

/** With `__Host-` a browser takes it only over TLS and from this very host, so that no neighbour can plant one. */
const SECURE_NAME = '__Host-mc_session'
/** Where there is no TLS, such as on the machine of a developer. */
const PLAIN_NAME = 'mc_session'
/** Longest cookie header that is looked at. */
const HEADER_CHARS_MAX = 8_192
const VALUE = /^[0-9A-Za-z_-]{1,256}$/

type Arrived = Pick<Asked, 'request' | 'url' | 'origin'>

/** Whether the browser speaks TLS, with this host or with a trusted proxy in front of it. */
export function isSecure({ url, origin }: Omit<Arrived, 'request'>): boolean {
  return url.protocol === 'https:' || origin.isSecure === true
}

function nameOf(arrived: Omit<Arrived, 'request'>): string {
  return isSecure(arrived) ? SECURE_NAME : PLAIN_NAME
}

/** The session that a browser sent; null without one. Two of one name are refused: one of them was planted. */
export function readSessionCookie(arrived: Arrived): Outcome<string | null> {
  const header = arrived.request.headers.get('cookie')
  if (header === null) return { ok: true, data: null }
  if (header.length > HEADER_CHARS_MAX) return broken(`has at most ${HEADER_CHARS_MAX} characters`)
  const prefix = `${nameOf(arrived)}=`
  const [value, ...others] = header
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(prefix))
    .map((part) => part.slice(prefix.length))
  if (value === undefined) return { ok: true, data: null }
  if (others.length > 0) return broken('holds two sessions')
  return VALUE.test(value) ? { ok: true, data: value } : broken('holds no session')
}

function broken(message: string) {
  return invalid(`the cookie ${message}`, [{ field: 'cookie', message }])
}

/** `Set-Cookie` of a session. It has no end of its own: the store knows when it is over, the browser when it is closed. */
export function sessionCookie(arrived: Omit<Arrived, 'request'>, token: string): string {
  const secure = isSecure(arrived) ? '; Secure' : ''
  return `${nameOf(arrived)}=${token}; Path=/; HttpOnly; SameSite=Strict${secure}`
}

/** `Set-Cookie` that makes a browser forget its session. */
export function endedCookie(arrived: Omit<Arrived, 'request'>): string {
  return `${sessionCookie(arrived, '')}; Max-Age=0`
}
