/** One look at something answers for all who ask within a moment, and nobody waits longer than allowed. */
export class SharedLook<T> {
  readonly #ask: () => Promise<T>
  readonly #otherwise: T
  readonly #options: { readonly ageMs: number; readonly timeoutMs: number; readonly now: () => number }
  #look: { readonly at: number; readonly answer: Promise<T> } | null = null

  /** `otherwise` is the answer when asking fails or takes too long. */
  constructor(
    ask: () => Promise<T>,
    otherwise: T,
    options: { readonly ageMs: number; readonly timeoutMs: number; readonly now: () => number },
  ) {
    this.#ask = ask
    this.#otherwise = otherwise
    this.#options = options
  }

  answer(): Promise<T> {
    const at = this.#options.now()
    if (this.#look === null || at - this.#look.at >= this.#options.ageMs) this.#look = { at, answer: this.#inTime() }
    return this.#look.answer
  }

  async #inTime(): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<T>((resolve) => {
      timer = setTimeout(() => resolve(this.#otherwise), this.#options.timeoutMs)
    })
    try {
      return await Promise.race([this.#ask().catch(() => this.#otherwise), late])
    } finally {
      clearTimeout(timer)
    }
  }
}
