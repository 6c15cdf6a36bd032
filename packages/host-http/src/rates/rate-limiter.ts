const WINDOW_MS = 60_000
/** Callers remembered at once; beyond that those that have been silent longest are forgotten. */
const CALLERS_MAX = 10_000

/** What came of one request. */
export interface Taken {
  /** Null when the request is within the limit; else how long to wait, and then it was not counted. */
  readonly waitMs: number | null
  readonly remaining: number
  /** When something is free again, at the latest. */
  readonly resetMs: number
}

/** How often something may happen within a minute, on any sixty seconds. Each host counts for itself. */
export class RateLimiter {
  readonly #perMinuteMax: number
  /** The order of the map is that of the last request. */
  readonly #callers = new Map<string, Ring>()

  constructor(perMinuteMax: number) {
    this.#perMinuteMax = perMinuteMax
  }

  get perMinuteMax(): number {
    return this.#perMinuteMax
  }

  /** Counts a request of this caller. */
  take(caller: string, now: number): Taken {
    const ring = this.#of(caller)
    ring.forgetUntil(now - WINDOW_MS)
    const isFree = ring.count < this.#perMinuteMax
    if (isFree) ring.push(now)
    const resetMs = Math.max(1, (ring.oldest ?? now) + WINDOW_MS - now)
    return { waitMs: isFree ? null : resetMs, remaining: this.#perMinuteMax - ring.count, resetMs }
  }

  /** How long this caller has to wait; null when there is room. Counts nothing. */
  waitMs(caller: string, now: number): number | null {
    const ring = this.#callers.get(caller)
    if (ring === undefined) return null
    ring.forgetUntil(now - WINDOW_MS)
    return ring.count < this.#perMinuteMax ? null : Math.max(1, (ring.oldest ?? now) + WINDOW_MS - now)
  }

  #of(caller: string): Ring {
    const known = this.#callers.get(caller)
    const ring = known ?? new Ring()
    if (known !== undefined) this.#callers.delete(caller)
    this.#callers.set(caller, ring)
    if (this.#callers.size > CALLERS_MAX) this.#forgetOldest()
    return ring
  }

  #forgetOldest(): void {
    const [oldest] = this.#callers.keys()
    if (oldest !== undefined) this.#callers.delete(oldest)
  }
}

/** Times in order, dropped from the front. */
class Ring {
  #times: number[] = []
  #from = 0

  get count(): number {
    return this.#times.length - this.#from
  }

  get oldest(): number | undefined {
    return this.#times[this.#from]
  }

  push(at: number): void {
    this.#times.push(at)
  }

  forgetUntil(at: number): void {
    while ((this.#times[this.#from] ?? Number.POSITIVE_INFINITY) <= at) this.#from++
    // Moved together only when most of it is past, so that each time is moved once.
    if (this.#from > 32 && this.#from * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#from)
      this.#from = 0
    }
  }
}
