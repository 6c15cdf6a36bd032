import type { Logger, MissionControl } from '@mission-control/core'
import type { HttpLimits } from './limits.ts'

/** Whether the store answers. Anybody may ask, so many questions share one look at the store. */
export class StoreHealth {
  readonly #missionControl: MissionControl
  readonly #limits: HttpLimits
  readonly #logger: Logger
  readonly #now: () => number
  #look: { readonly at: number; readonly answer: Promise<boolean> } | null = null

  constructor(options: { missionControl: MissionControl; limits: HttpLimits; logger: Logger; now: () => number }) {
    this.#missionControl = options.missionControl
    this.#limits = options.limits
    this.#logger = options.logger
    this.#now = options.now
  }

  /** True when the store has answered within the last moments. */
  answers(): Promise<boolean> {
    const at = this.#now()
    if (this.#look === null || at - this.#look.at >= this.#limits.healthAgeMs) this.#look = { at, answer: this.#ask() }
    return this.#look.answer
  }

  async #ask(): Promise<boolean> {
    const { promise: late, stop } = timeout(this.#limits.healthTimeoutMs)
    try {
      const outcome = await Promise.race([this.#missionControl.system.projects.list({ limit: 1 }), late])
      return outcome.ok
    } catch (error) {
      this.#logger.warn('the store does not answer', { error: String(error) })
      return false
    } finally {
      stop()
    }
  }
}

function timeout(ms: number): { promise: Promise<never>; stop: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined
  const promise = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  return { promise, stop: () => clearTimeout(timer) }
}
