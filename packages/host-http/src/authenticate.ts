import type { MissionControl, MissionControlClient, Outcome } from '@mission-control/core'
import { refuse } from './refuse.ts'

/** Longest header that is looked at; a key is far shorter. */
const HEADER_CHARS_MAX = 512
/** A number of Telegram, or something that is no link of anybody. */
const ACT_FOR_CHARS_MAX = 32
/** Names the Telegram user whose linked person acts; only the key of a bridge may. */
export const ACT_FOR_HEADER = 'mc-act-for'
const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i

/** Who sent a request: the client of its principal, and the key it came with. */
export interface Caller {
  readonly client: MissionControlClient
  readonly token: string
}

/**
 * Finds out who asks. Only the `Authorization` header counts: a key in a URL would end up in logs and histories, and a
 * cookie would be sent by pages that nobody trusts.
 */
export async function authenticate(
  missionControl: MissionControl,
  authorization: string | null,
  actFor: string | null = null,
): Promise<Outcome<Caller>> {
  if (authorization === null) {
    return refuse('UNAUTHENTICATED', 'this needs a key', { hint: 'Send Authorization: Bearer mc_live_…' })
  }
  const token = authorization.length > HEADER_CHARS_MAX ? undefined : BEARER.exec(authorization)?.[1]
  if (token === undefined) {
    return refuse('UNAUTHENTICATED', 'the Authorization header is not one Bearer key', {
      hint: 'Send Authorization: Bearer mc_live_…',
    })
  }
  const outcome = await missionControl.authenticate(
    token,
    actFor === null ? {} : { actFor: actFor.slice(0, ACT_FOR_CHARS_MAX) },
  )
  return outcome.ok ? { ok: true, data: { client: outcome.data, token } } : outcome
}
