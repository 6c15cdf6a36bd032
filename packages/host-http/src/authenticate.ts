import type { KnownCaller, MissionControl, MissionControlClient, Outcome } from '@mission-control/core'
import type { Rates } from './rates/rates.ts'
import { refuse } from './refuse.ts'

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

/** Where a request came from, as far as whoever serves it knows. */
export interface Origin {
  /** The address of the caller; proxies that are trusted have been looked behind. */
  readonly address?: string
}

interface Asked {
  readonly headers: Headers
  readonly origin: Origin
  readonly rates: Rates
}

/**
 * Finds out who asks. Only the `Authorization` header counts: a key in a URL would end up in logs and histories, and a
 * cookie would be sent by pages that nobody trusts.
 */
export async function authenticate(missionControl: MissionControl, asked: Asked): Promise<Outcome<Caller>> {
  const token = bearerOf(asked.headers.get('authorization'))
  if (!token.ok) return token
  return lookUp(missionControl, token.data, asked)
}

function bearerOf(authorization: string | null): Outcome<string> {
  const hint = 'Send Authorization: Bearer mc_live_…'
  if (authorization === null) return refuse('UNAUTHENTICATED', 'this needs a key', { hint })
  const token = authorization.length > HEADER_CHARS_MAX ? undefined : BEARER.exec(authorization)?.[1]
  if (token === undefined) return refuse('UNAUTHENTICATED', 'the Authorization header is not one Bearer key', { hint })
  return { ok: true, data: token }
}

async function lookUp(missionControl: MissionControl, token: string, { headers, origin, rates }: Asked) {
  const address = origin.address ?? null
  const keyId = keyIdOf(token)
  const guessing = rates.guessing(address, keyId)
  if (guessing !== null) return { ok: false as const, error: guessing }
  const actFor = headers.get(ACT_FOR_HEADER)
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
