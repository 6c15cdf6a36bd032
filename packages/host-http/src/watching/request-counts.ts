/** Upper bounds of how long requests took, in seconds. */
const BOUNDS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** How many requests this host has answered, and how long that took. Whatever is asked, there are few names. */
export class RequestCounts {
  readonly byStatus = new Map(['2xx', '3xx', '4xx', '5xx'].map((group) => [group, 0]))
  readonly buckets: number[] = BOUNDS_S.map(() => 0)
  count = 0
  sumS = 0

  note(status: number, durationMs: number): void {
    const group = `${Math.floor(status / 100)}xx`
    this.byStatus.set(group, (this.byStatus.get(group) ?? 0) + 1)
    const durationS = durationMs / 1000
    this.count++
    this.sumS += durationS
    for (const [at, bound] of BOUNDS_S.entries()) {
      if (durationS <= bound) this.buckets[at] = (this.buckets[at] ?? 0) + 1
    }
  }

  /** Each bound with how many requests were no slower. */
  *histogram(): Generator<{ bound: number; count: number }> {
    for (const [at, bound] of BOUNDS_S.entries()) yield { bound, count: this.buckets[at] ?? 0 }
  }
}
