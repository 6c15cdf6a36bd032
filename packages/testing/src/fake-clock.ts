import type { Clock } from '@mission-control/core'

/** A clock that moves only when it is told to. */
export interface FakeClock extends Clock {
  /** Moves time on by so many milliseconds; time never goes back. */
  advance(ms: number): void
}

/** 2026-01-05T08:00:00Z: a Monday morning, far from any change of clocks. */
export const TEST_START_AT = 1_767_600_000_000

/** Creates a fake clock that starts at the given moment. */
export function createFakeClock(startAt = TEST_START_AT): FakeClock {
  let now = startAt
  return {
    now: () => now,
    advance: (ms) => {
      if (!Number.isSafeInteger(ms) || ms < 0)
        throw new RangeError(`time goes forward in whole milliseconds, not by ${ms}`)
      now += ms
    },
  }
}
