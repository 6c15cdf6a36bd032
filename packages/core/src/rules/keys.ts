import type { Credential } from '../model/principal.ts'
import { sha256Hex } from './hash.ts'

const TOKEN_PATTERN = /^mc_live_([0-9A-Za-z]{8,40})_([0-9A-Za-z_-]{27,128})$/

/** The key as it is shown once: `mc_live_<keyId>_<secret>`. */
export function formatToken(keyId: string, secret: string): string {
  return `mc_live_${keyId}_${secret}`
}

/** Takes a token apart; null if it is not shaped like one of ours. */
export function parseToken(token: string): { keyId: string; secret: string } | null {
  const match = TOKEN_PATTERN.exec(token)
  return match?.[1] === undefined || match[2] === undefined ? null : { keyId: match[1], secret: match[2] }
}

/** What is stored of a secret. At 160 random bits or more a plain digest is enough. */
export function secretHash(secret: string): string {
  return sha256Hex(secret)
}

/** Compares two digests in time that depends only on their length. */
export function digestsEqual(left: string, right: string): boolean {
  if (left.length !== right.length) return false
  let difference = 0
  for (let index = 0; index < left.length; index++) difference |= left.charCodeAt(index) ^ right.charCodeAt(index)
  return difference === 0
}

const USE_KEPT_TO_MS = 86_400_000
/** A session is kept alive by use, so that is noted more often. */
const SESSION_USE_KEPT_TO_MS = 60_000

/** How long a session lasts, however much it is used. */
export const SESSION_MS = 12 * 3_600_000
/** How long a session lasts that nobody uses. */
export const SESSION_IDLE_MS = 30 * 60_000

/** Whether a use of the key has to be written down: the first one always, later ones once a day, of a session once a minute. */
export function isUseNews({ kind, lastUsedAt }: Credential, now: number): boolean {
  return lastUsedAt === null || now - lastUsedAt >= (kind === 'SESSION' ? SESSION_USE_KEPT_TO_MS : USE_KEPT_TO_MS)
}

/**
 * The key of an agent that an enrollment key may replace: the newest, if all its keys were issued under this very
 * enrollment key, none was ever used, and nobody has taken the newest away. Null: none may be replaced.
 */
export function replaceableKey(ofAgent: readonly Credential[], enrollmentId: string): Credential | null {
  const newest = ofAgent.at(-1) ?? null
  const isUntouched = ofAgent.every((key) => key.enrollmentId === enrollmentId && key.lastUsedAt === null)
  return isUntouched && newest?.status === 'ACTIVE' ? newest : null
}

/** Whether a credential opens the door at this moment. A retiring one does until its overlap ends. */
export function isLive(credential: Credential, now: number): boolean {
  const { kind, status, expiresAt, lastUsedAt, createdAt } = credential
  const isIdle = kind === 'SESSION' && now - (lastUsedAt ?? createdAt) >= SESSION_IDLE_MS
  return status !== 'REVOKED' && !isIdle && (expiresAt === null || expiresAt > now)
}
