import { monotonicFactory } from 'ulid'

/** Where identity and secrets come from. Both come with a command; deciders draw nothing themselves. */
export interface Ids {
  /** Draws a ULID; the ids of everything a command writes are derived from it. */
  ulid(): string
  /** Draws a secret of at least 160 random bits, in base64url. */
  secret(): string
}

const SECRET_BYTES = 24

/** Time, and how much of the random part is kept: 60 bits, the lowest, where a monotonic ULID counts on. */
const TIME_CHARS = 10
const RANDOM_CHARS = 12
/** Room for the ids of one command, which follow its ULID: over a million of each kind before the next draw's begin. */
const OWN_ROOM = '0000'

/** Ids and secrets from the platform's secure random source; ULIDs rise within this process. */
export function secureIds(): Ids {
  const next = monotonicFactory()
  return {
    // In one millisecond a monotonic ULID is the one before plus 1. Drawn like that, two commands would give their
    // events the same ids, and a store would take the second commit for the first, sent again.
    ulid: () => {
      const drawn = next()
      return `${drawn.slice(0, TIME_CHARS)}${drawn.slice(-RANDOM_CHARS)}${OWN_ROOM}`
    },
    secret: () => {
      const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
      return btoa(String.fromCharCode(...bytes))
        .replaceAll('+', '-')
        .replaceAll('/', '_')
    },
  }
}
