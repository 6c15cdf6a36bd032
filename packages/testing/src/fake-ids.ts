import type { Clock, Ids } from '@mission-control/core'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

function base32(value: number, length: number): string {
  let rest = value
  let text = ''
  for (let index = 0; index < length; index++) {
    text = (ALPHABET[rest % 32] ?? '0') + text
    rest = Math.floor(rest / 32)
  }
  return text
}

/** Ids that are the same in every run of a test, and still sort by time. */
export function createFakeIds(clock: Clock): Ids {
  let draws = 0
  return {
    ulid: () => {
      draws++
      return base32(clock.now(), 10) + base32(draws, 16)
    },
    secret: () => {
      draws++
      return `test-secret-${base32(draws, 20)}`
    },
  }
}
