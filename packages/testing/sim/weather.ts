import type { Random } from './random.ts'

/** What goes wrong in a seed, and how often. Each seed has its own, so that some are calm and some are stormy. */
export interface Weather {
  /** Longest way of one call to the store, in milliseconds. */
  readonly latencyMsMax: number
  /** Share of calls to the store that fail before they have an effect. */
  readonly unavailable: number
  /** Share of commits whose answer is lost after they were applied. */
  readonly lostAnswer: number
  /** Share of commits that reach the store a second time, at once or later. */
  readonly duplicated: number
  /** Share of looks whose answer arrives late, so that it is old when it is used. */
  readonly staleRead: number
  /** Share of calls that their sender sends twice with the same key. */
  readonly resent: number
  /** How long a host lives on average; null: for ever. */
  readonly crashEveryMs: number | null
  /** How often the clock of the store jumps; null: never. */
  readonly jumpEveryMs: number | null
  readonly jumpMsMax: number
  /** How wrong the clock of a host may be, in either direction. */
  readonly skewMsMax: number
  /** Longest pause of an actor between two things it does. */
  readonly thinkMsMax: number
  /** Time between two rounds of the jobs of one host. */
  readonly sweepEveryMs: number
}

const MINUTE_MS = 60_000

const CALM = {
  unavailable: 0,
  lostAnswer: 0,
  duplicated: 0,
  staleRead: 0,
  resent: 0,
  crashEveryMs: null,
  jumpEveryMs: null,
  jumpMsMax: 0,
  skewMsMax: 0,
}

/** One seed in five is calm, so that what is wrong without faults is found without them. */
export function weatherOf(random: Random): Weather {
  const pace = {
    latencyMsMax: random.pick([5, 50, 2_000]),
    thinkMsMax: random.pick([4_000, 20_000, 2 * MINUTE_MS]),
    sweepEveryMs: random.pick([30_000, MINUTE_MS, 3 * MINUTE_MS]),
  }
  if (random.chance(0.2)) return { ...CALM, ...pace }
  const share = (most: number) => (random.chance(0.5) ? 0 : random.next() * most)
  return {
    ...pace,
    unavailable: share(0.08),
    lostAnswer: share(0.15),
    duplicated: share(0.2),
    staleRead: share(0.3),
    resent: share(0.3),
    crashEveryMs: random.chance(0.5) ? null : random.between(5, 60) * MINUTE_MS,
    jumpEveryMs: random.chance(0.5) ? null : random.between(10, 90) * MINUTE_MS,
    jumpMsMax: random.pick([MINUTE_MS, 20 * MINUTE_MS, 26 * 60 * MINUTE_MS]),
    skewMsMax: random.pick([0, 10 * MINUTE_MS]),
  }
}

/** The end of a seed: nothing goes wrong any more. */
export const FAIR: Weather = { ...CALM, latencyMsMax: 1, thinkMsMax: 1_000, sweepEveryMs: 5_000 }
