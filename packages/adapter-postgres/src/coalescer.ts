/** How calls of one sort share statements. */
export interface Sharing<Item, Answer> {
  /** Items may share a statement only if this is the same text; null goes alone, at once, past the queue. */
  shapeOf(item: Item): string | null
  /** What the item holds while it runs: of items that name the same, one waits until the other is done. */
  claimsOf(item: Item): readonly string[]
  /** How much of a statement the item takes up. */
  weightOf(item: Item): number
  readonly weightMax: number
  /** Runs the items as one; gives an answer for each, in their order. */
  send(items: readonly Item[]): Promise<readonly Answer[]>
}

/** A statement with more items than this keeps its first callers waiting for the sake of the last. */
const ITEMS_MAX = 64
/** While so many statements run, callers gather for the next one. */
const IN_FLIGHT_MAX = 2

/** From so many callers on it pays to send two statements rather than one. */
const CROWD = 16

interface Waiting<Item, Answer> {
  readonly item: Item
  readonly shape: string
  readonly claims: readonly string[]
  readonly weight: number
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Lets concurrent callers share statements. There is no timer: what came while the last statement ran goes with the
 * next, so a lone caller waits for nobody. First come, first served among items that get in each other's way.
 */
export class Coalescer<Item, Answer> {
  readonly #sharing: Sharing<Item, Answer>
  #waiting: Waiting<Item, Answer>[] = []
  readonly #claimed = new Set<string>()
  #inFlight = 0
  #isDue = false

  constructor(sharing: Sharing<Item, Answer>) {
    this.#sharing = sharing
  }

  async run(item: Item): Promise<Answer> {
    const shape = this.#sharing.shapeOf(item)
    if (shape === null) return only(await this.#sharing.send([item]))
    return new Promise((resolve, reject) => {
      const claims = this.#sharing.claimsOf(item)
      this.#waiting.push({ item, shape, claims, weight: this.#sharing.weightOf(item), resolve, reject })
      this.#flushSoon()
    })
  }

  /** Callers that the same answer woke come in the same turn of the event loop, so the turn is waited for. */
  #flushSoon(): void {
    if (this.#isDue || this.#inFlight >= IN_FLIGHT_MAX) return
    this.#isDue = true
    setImmediate(() => {
      this.#isDue = false
      while (this.#inFlight < IN_FLIGHT_MAX) {
        const batch = this.#take()
        if (batch.length === 0) return
        void this.#send(batch)
      }
    })
  }

  /** The first that can go, and whoever can go with it. Nobody passes one that claims the same. */
  #take(): Waiting<Item, Answer>[] {
    const batch: Waiting<Item, Answer>[] = []
    const left: Waiting<Item, Answer>[] = []
    const blocked = new Set<string>()
    // Of a crowd that one answer woke, half goes now: while the database works on it, the other half is made ready.
    const itemsMax =
      this.#inFlight === 0 ? Math.min(ITEMS_MAX, Math.max(CROWD / 2, Math.ceil(this.#waiting.length / 2))) : ITEMS_MAX
    let weight = 0
    for (const waiting of this.#waiting) {
      const fits =
        batch.length === 0 ||
        (batch.length < itemsMax &&
          waiting.shape === batch[0]?.shape &&
          weight + waiting.weight <= this.#sharing.weightMax)
      const isFree = waiting.claims.every((claim) => !this.#claimed.has(claim) && !blocked.has(claim))
      if (fits && isFree) {
        batch.push(waiting)
        weight += waiting.weight
      } else left.push(waiting)
      for (const claim of waiting.claims) blocked.add(claim)
    }
    this.#waiting = left
    for (const { claims } of batch) for (const claim of claims) this.#claimed.add(claim)
    return batch
  }

  async #send(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    this.#inFlight += 1
    try {
      const answers = await this.#sharing.send(batch.map(({ item }) => item))
      batch.forEach(({ resolve }, at) => {
        resolve(answers[at] as Answer)
      })
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      this.#inFlight -= 1
      for (const { claims } of batch) for (const claim of claims) this.#claimed.delete(claim)
      if (this.#waiting.length > 0) this.#flushSoon()
    }
  }
}

function only<Answer>(answers: readonly Answer[]): Answer {
  return answers[0] as Answer
}
