const COMMANDS_MAX = 30
const WINDOW_MS = 60_000
const USERS_MAX = 10_000

/** At most thirty commands per minute and user. */
export class RateLimit {
  readonly #now: () => number
  readonly #used = new Map<string, number[]>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Takes one; gives how long to wait where there is none left, else 0. */
  take(telegramUserId: string): number {
    const now = this.#now()
    const used = (this.#used.get(telegramUserId) ?? []).filter((at) => now - at < WINDOW_MS)
    const [first = now] = used
    if (used.length >= COMMANDS_MAX) return first + WINDOW_MS - now
    this.#used.delete(telegramUserId)
    this.#used.set(telegramUserId, [...used, now])
    const [oldest] = this.#used.keys()
    if (this.#used.size > USERS_MAX && oldest !== undefined) this.#used.delete(oldest)
    return 0
  }
}
