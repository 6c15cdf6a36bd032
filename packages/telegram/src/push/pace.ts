const WINDOW_MS = 15_000
/** More separate messages than these within a window are one message. A group takes twenty a minute. */
const SEPARATE_MAX = 5
const TARGETS_MAX = 10_000

interface Sent {
  readonly separateAt: readonly number[]
  readonly foldedAt: number
}

/** How many messages each target was sent lately, so that a flood arrives as a few. */
export class Pace {
  readonly #now: () => number
  readonly #sent = new Map<string, Sent>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** How many messages the target may be sent one by one. */
  room(target: string): number {
    return SEPARATE_MAX - this.#lately(target).separateAt.length
  }

  /** Whether the target may be sent many as one; one such message a window. */
  mayFold(target: string): boolean {
    return this.#now() - this.#lately(target).foldedAt >= WINDOW_MS
  }

  sentSeparately(target: string): void {
    const { separateAt, foldedAt } = this.#lately(target)
    this.#write(target, { separateAt: [...separateAt, this.#now()], foldedAt })
  }

  sentFolded(target: string): void {
    this.#write(target, { ...this.#lately(target), foldedAt: this.#now() })
  }

  #lately(target: string): Sent {
    const { separateAt, foldedAt } = this.#sent.get(target) ?? { separateAt: [], foldedAt: Number.NEGATIVE_INFINITY }
    return { separateAt: separateAt.filter((at) => this.#now() - at < WINDOW_MS), foldedAt }
  }

  #write(target: string, sent: Sent): void {
    this.#sent.delete(target)
    this.#sent.set(target, sent)
    const [oldest] = this.#sent.keys()
    if (this.#sent.size > TARGETS_MAX && oldest !== undefined) this.#sent.delete(oldest)
  }
}
