/**
 * Tells listeners that there may be something new in the log. What this process commits is told at once; what others
 * commit, and what an older transaction held back, is found by looking at the end of the log now and then. It looks
 * only while somebody listens.
 */
export class CommitWatch {
  readonly #endOfLog: () => Promise<string>
  readonly #pollIntervalMs: number
  readonly #listeners = new Set<{ readonly call: () => void }>()
  #isDue = false
  #lastEnd = ''
  #timer: NodeJS.Timeout | undefined

  constructor(endOfLog: () => Promise<string>, pollIntervalMs: number) {
    this.#endOfLog = endOfLog
    this.#pollIntervalMs = pollIntervalMs
  }

  listen(listener: () => void): () => void {
    const entry = { call: listener }
    this.#listeners.add(entry)
    this.#poll()
    return () => {
      this.#listeners.delete(entry)
      if (this.#listeners.size === 0) this.#rest()
    }
  }

  /** Calls every listener soon, once for many commits. */
  announce(): void {
    if (this.#isDue || this.#listeners.size === 0) return
    this.#isDue = true
    setImmediate(() => {
      this.#isDue = false
      for (const { call } of this.#listeners) call()
    })
  }

  close(): void {
    this.#listeners.clear()
    this.#rest()
  }

  #rest(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #poll(): void {
    if (this.#timer !== undefined) return
    const timer = setTimeout(() => void this.#look(timer), this.#pollIntervalMs)
    // Listening alone keeps no program alive.
    timer.unref()
    this.#timer = timer
  }

  async #look(timer: NodeJS.Timeout): Promise<void> {
    try {
      const end = await this.#endOfLog()
      if (end !== this.#lastEnd) this.announce()
      this.#lastEnd = end
    } catch {
      // A hint that cannot be had is no fault: who reads will be told that the store cannot be reached.
    }
    if (this.#timer !== timer) return
    this.#timer = undefined
    this.#poll()
  }
}
