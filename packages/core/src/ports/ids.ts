import { monotonicFactory } from 'ulid'

/** Where identity and secrets come from. Both come with a command; deciders draw nothing themselves. */
export interface Ids {
  /**
   * Draws a ULID; the ids of everything a command writes are derived from it: characters 11 to 14 are replaced by a
   * number that counts them up. So two draws must differ in their time (1 to 10) or in characters 15 to 26, also when
   * they are made in the same millisecond, by this process or another: two commands with the same ids cannot both be
   * stored. Draws of one process should rise, for then its records sort as they were made. Any monotonic ULID will do.
   */
  ulid(): string
  /** Draws a secret of at least 160 random bits, in base64url. */
  secret(): string
}

const SECRET_BYTES = 24

/** Ids and secrets from the platform's secure random source; ULIDs rise within this process. */
export function secureIds(): Ids {
  return {
    ulid: monotonicFactory(secureRandom()),
    secret: () => {
      const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
      return btoa(String.fromCharCode(...bytes))
        .replaceAll('+', '-')
        .replaceAll('/', '_')
    },
  }
}

const POOL_BYTES = 1024

/** Numbers in [0, 1) from the platform's secure source, which is asked for many bytes at once: asking is what costs. */
function secureRandom(): () => number {
  const pool = new Uint8Array(POOL_BYTES)
  let next = POOL_BYTES
  return () => {
    if (next === POOL_BYTES) {
      crypto.getRandomValues(pool)
      next = 0
    }
    return (pool[next++] ?? 0) / 256
  }
}
