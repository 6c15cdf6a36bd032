const WINDOW_MS = 60_000
/** Callers remembered at once; beyond that those that have been silent longest are forgotten. */
const CALLERS_MAX = 10_000

/** How often one caller may call one operation within a minute, on any sixty seconds. Each process counts for itself. */
export class RateLimiter {
  /** Times of the calls within the last minute, per caller and operation; the order of the map is that of the last call. */
  readonly #calls = new Map<string, number[]>()

  /** Counts a call. Null when it is within the limit; else how long to wait, and then it does not count. */
  take(key: string, now: number, perMinuteMax: number): number | null {
    const before = this.#calls.get(key) ?? []
    const recent = before.findIndex((at) => at > now - WINDOW_MS)
    const times = recent === -1 ? [] : recent === 0 ? before : before.slice(recent)
    this.#calls.delete(key)
    this.#calls.set(key, times)
    if (times.length >= perMinuteMax) return Math.max(1, (times[times.length - perMinuteMax] ?? now) + WINDOW_MS - now)
    times.push(now)
    if (this.#calls.size > CALLERS_MAX) this.#forgetOldest()
    return null
  }

  #forgetOldest(): void {
    const [oldest] = this.#calls.keys()
    if (oldest !== undefined) this.#calls.delete(oldest)
  }
}
