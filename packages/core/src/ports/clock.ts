/** Where time comes from: epoch ms. In production the database's clock, in tests a fake one. */
export interface Clock {
  now(): number
}

/** The clock of this machine. */
export const systemClock: Clock = { now: () => Date.now() }
