import type { Outcome } from '@mission-control/core'
import { invalid, refuse } from './refuse.ts'
import type { Route } from './routes/route.ts'

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/
const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/
const VERSION_TAG = /^"(0|[1-9]\d{0,14})"$/

/** On an answer that was stored when the same key came first. */
export const REPLAYED_HEADER = 'idempotency-replayed'

/** Reads `Idempotency-Key` as the route wants it. */
export function readIdempotencyKey(route: Route, headers: Headers): Outcome<string | null> {
  const key = route.idempotencyKey === 'none' ? null : headers.get('idempotency-key')
  if (key === null) {
    return route.idempotencyKey === 'required'
      ? refuse('IDEMPOTENCY_KEY_REQUIRED', `${route.operation} needs an Idempotency-Key`)
      : { ok: true, data: null }
  }
  if (IDEMPOTENCY_KEY.test(key)) return { ok: true, data: key }
  return invalid('the idempotency key is not usable', [
    { field: 'idempotency-key', message: 'must be 1 to 255 visible ASCII characters' },
  ])
}

/**
 * Reads `If-Match`. The answer is the version that must still be there, or null for `*`: whichever is there, said on
 * purpose. On a route that compares no version the header is refused, because ignoring it would promise protection.
 */
export function readExpectedVersion(route: Route, headers: Headers): Outcome<number | null> {
  const given = headers.get('if-match')?.trim() ?? null
  if (route.ifMatch === 'none') {
    if (given === null) return { ok: true, data: null }
    return invalid('no version is compared here', [{ field: 'if-match', message: 'must be absent' }])
  }
  if (given === null)
    return refuse('PRECONDITION_REQUIRED', `${route.operation} needs If-Match with the version you read`)
  if (given === '*') return { ok: true, data: null }
  const version = VERSION_TAG.exec(given)?.[1]
  if (version !== undefined) return { ok: true, data: Number(version) }
  // A tag that this host never gave fits no version; only what is no tag at all is a mistake of form.
  if (ENTITY_TAG.test(given)) return refuse('VERSION_CONFLICT', `${given.slice(0, 40)} is no version of this row`)
  return invalid('If-Match is not one version', [
    { field: 'if-match', message: 'must be one quoted version, such as "3", or *' },
  ])
}
