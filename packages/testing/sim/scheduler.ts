import { Heap } from './heap.ts'
import type { Random } from './random.ts'

interface Due {
  readonly at: number
  /** Decides between what is due at the same moment. */
  readonly tie: number
  readonly run: () => void
}

function isEarlier(one: Due, other: Due): boolean {
  return one.at < other.at || (one.at === other.at && one.tie < other.tie)
}

/**
 * Virtual time. Everything that waits stands in one queue, ordered by time and then by chance; one thing at a time
 * goes on, until nothing is left to do at once.
 */
export class Scheduler {
  readonly #random: Random
  readonly #queue = new Heap<Due>(isEarlier)
  #now: number

  constructor(startAt: number, random: Random) {
    this.#now = startAt
    this.#random = random
  }

  get now(): number {
    return this.#now
  }

  /** Does something after so many milliseconds. */
  after(ms: number, run: () => void): void {
    this.#queue.push({ at: this.#now + ms, tie: this.#random.next(), run })
  }

  /** Waits for so many milliseconds. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /** Lets the clock jump; what was due meanwhile comes late. */
  jump(ms: number): void {
    this.#now += ms
  }

  /** One step: takes what is due next and lets everything go on that follows from it. False when nothing is left. */
  async step(): Promise<boolean> {
    const due = this.#queue.pop()
    if (due === undefined) return false
    if (due.at > this.#now) this.#now = due.at
    due.run()
    await settled()
    return true
  }
}

/** Resolves when all promises have gone as far as they can. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
