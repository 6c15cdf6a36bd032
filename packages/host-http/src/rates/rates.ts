import type { KnownCaller, Refusal } from '@mission-control/core'
import type { HttpLimits } from '../limits.ts'
import { refuse } from '../refuse.ts'
import type { RateClass } from './rate-class.ts'
import { RateLimiter, type Taken } from './rate-limiter.ts'

const WINDOW_S = 60
/** Keys that opened a door lately, remembered to tell their holders from whoever guesses from the same address. */
const GOOD_KEYS_MAX = 10_000

/** What a request was told about its budget: goes onto its answer, whatever that is. */
export interface Counted {
  readonly headers: Readonly<Record<string, string>>
  readonly refusal: Refusal | null
}

/** Which classes count agents only: people have no such limit. */
const OF_AGENTS: readonly RateClass[] = ['tasks', 'reports', 'gate']

/** The budgets of requests, of all callers of one host. */
export class Rates {
  readonly #now: () => number
  readonly #limiters: Readonly<Record<RateClass, RateLimiter>>
  readonly #failures: RateLimiter
  readonly #goodKeys = new Set<string>()

  constructor(limits: HttpLimits, now: () => number) {
    this.#now = now
    this.#limiters = {
      reads: new RateLimiter(limits.readsPerMinuteMax),
      tasks: new RateLimiter(limits.tasksPerMinuteMax),
      reports: new RateLimiter(limits.reportsPerMinuteMax),
      gate: new RateLimiter(limits.gatesPerMinuteMax),
      decisions: new RateLimiter(limits.decisionsPerMinuteMax),
      'sign-ins': new RateLimiter(limits.signInsPerMinuteMax),
    }
    this.#failures = new RateLimiter(limits.failedKeysPerMinuteMax)
  }

  /** Counts one request of that class; null when nobody counts it. */
  count(rateClass: RateClass, { principalId, agentId }: KnownCaller): Counted | null {
    if (agentId === null && OF_AGENTS.includes(rateClass)) return null
    const limiter = this.#limiters[rateClass]
    if (limiter.perMinuteMax === Number.POSITIVE_INFINITY) return null
    // By who it is, not by key: whoever rotates a key gets no second budget.
    const taken = limiter.take(agentId ?? principalId, this.#now())
    return { headers: headersOf(rateClass, limiter, taken), refusal: refusalOf(rateClass, limiter, taken) }
  }

  /** Why this key is not even looked up: too many that open nothing came from there. Keys that have opened a door go on. */
  guessing(address: string | null, keyId: string): Refusal | null {
    if (address === null || this.#goodKeys.has(keyId)) return null
    const waitMs = this.#failures.waitMs(address, this.#now())
    if (waitMs === null) return null
    return refuse('RATE_LIMITED', 'too many keys from this address opened nothing', { retryAfterMs: waitMs }).error
  }

  /** Notes what came of looking a key up. */
  looked(address: string | null, keyId: string, isGood: boolean): void {
    if (isGood) {
      this.#goodKeys.add(keyId)
      if (this.#goodKeys.size > GOOD_KEYS_MAX) {
        const [oldest] = this.#goodKeys
        if (oldest !== undefined) this.#goodKeys.delete(oldest)
      }
    } else {
      this.#goodKeys.delete(keyId)
      if (address !== null) this.#failures.take(address, this.#now())
    }
  }
}

function headersOf(name: RateClass, { perMinuteMax }: RateLimiter, { remaining, resetMs }: Taken) {
  return {
    'ratelimit-policy': `"${name}";q=${perMinuteMax};w=${WINDOW_S}`,
    ratelimit: `"${name}";r=${remaining};t=${Math.ceil(resetMs / 1000)}`,
  }
}

function refusalOf(name: RateClass, { perMinuteMax }: RateLimiter, { waitMs }: Taken): Refusal | null {
  if (waitMs === null) return null
  return refuse('RATE_LIMITED', `more than ${perMinuteMax} ${name} within a minute`, { retryAfterMs: waitMs }).error
}
