import { monotonicFactory } from 'ulid'

/** Where identity and secrets come from. Both come with a command; deciders draw nothing themselves. */
export interface Ids {
  /** Draws a ULID; the ids of everything a command writes are derived from it. */
  ulid(): string
  /** Draws a secret of at least 160 random bits, in base64url. */
  secret(): string
}

const SECRET_BYTES = 24

/** Ids and secrets from the platform's secure random source; ULIDs rise within this process. */
export function secureIds(): Ids {
  const next = monotonicFactory()
  return {
    ulid: () => next(),
    secret: () => {
      const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
      return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_')
    },
  }
}
