/** How calls of one sort share statements. */
export interface Sharing<Item, Answer> {
  /** Items may share a statement only if this is the same text; null goes alone, at once, past the queue. */
  shapeOf(item: Item): string | null
  /** What the item has to itself while it runs: of items that name the same, one waits until the other is done. */
  claimsOf(item: Item): readonly string[]
  /** What the item shares with others that gather on it, though only within one statement. */
  gathersOf(item: Item): readonly string[]
  /** How much of a statement the item takes up. */
  weightOf(item: Item): number
  readonly weightMax: number
  /** Runs the items as one; gives an answer for each, in their order. */
  send(items: readonly Item[]): Promise<readonly Answer[]>
}

/** A statement with more items than this keeps its first callers waiting for the sake of the last. */
const ITEMS_MAX = 64
/** While so many statements of one shape run, its callers gather for the next one. */
const IN_FLIGHT_PER_SHAPE_MAX = 2
/** Of all shapes together; a pool is seldom smaller. */
const IN_FLIGHT_MAX = 8

/** From so many callers on it pays to send two statements rather than one. */
const CROWD = 32

interface Waiting<Item, Answer> {
  readonly item: Item
  readonly shape: string
  readonly claims: readonly string[]
  readonly gathers: readonly string[]
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
  /** What the statements that run have claimed or gathered. */
  readonly #held = new Set<string>()
  /** How many statements of each shape run. */
  readonly #inFlight = new Map<string, number>()
  #inFlightOfAll = 0
  #isDue = false

  constructor(sharing: Sharing<Item, Answer>) {
    this.#sharing = sharing
  }

  async run(item: Item): Promise<Answer> {
    const shape = this.#sharing.shapeOf(item)
    if (shape === null) return only(await this.#sharing.send([item]))
    return new Promise((resolve, reject) => {
      const claims = this.#sharing.claimsOf(item)
      const gathers = this.#sharing.gathersOf(item)
      this.#waiting.push({ item, shape, claims, gathers, weight: this.#sharing.weightOf(item), resolve, reject })
      this.#flushSoon()
    })
  }

  /** Callers that the same answer woke come in the same turn of the event loop, so the turn is waited for. */
  #flushSoon(): void {
    if (this.#isDue || this.#inFlightOfAll >= IN_FLIGHT_MAX) return
    this.#isDue = true
    setImmediate(() => {
      this.#isDue = false
      while (this.#inFlightOfAll < IN_FLIGHT_MAX) {
        const batch = this.#take()
        if (batch[0] === undefined) return
        void this.#send(batch[0].shape, batch)
      }
    })
  }

  /** The first that can go, and whoever can go with it. Nobody passes one who waits for the same. */
  #take(): Waiting<Item, Answer>[] {
    const batch: Waiting<Item, Answer>[] = []
    const left: Waiting<Item, Answer>[] = []
    const awaited = new Set(this.#held)
    const claimed = new Set<string>()
    const gathered = new Set<string>()
    let share = ITEMS_MAX
    let weight = 0
    for (const waiting of this.#waiting) {
      const { claims, gathers } = waiting
      const isFree = [...claims, ...gathers].every((name) => !awaited.has(name))
      // Who shares something with this statement would have to wait for it, so it takes no part in the halving.
      const itemsMax = gathers.some((name) => gathered.has(name)) ? ITEMS_MAX : share
      const fits =
        (batch.length === 0 && this.#inFlightOf(waiting.shape) < IN_FLIGHT_PER_SHAPE_MAX) ||
        (batch.length > 0 &&
          batch.length < itemsMax &&
          waiting.shape === batch[0]?.shape &&
          weight + waiting.weight <= this.#sharing.weightMax &&
          claims.every((name) => !claimed.has(name) && !gathered.has(name)) &&
          gathers.every((name) => !claimed.has(name)))
      if (isFree && fits) {
        if (batch.length === 0) share = this.#shareOf(waiting.shape)
        batch.push(waiting)
        weight += waiting.weight
        for (const name of claims) claimed.add(name)
        for (const name of gathers) gathered.add(name)
      } else {
        left.push(waiting)
        for (const name of [...claims, ...gathers]) awaited.add(name)
      }
    }
    this.#waiting = left
    for (const name of [...claimed, ...gathered]) this.#held.add(name)
    return batch
  }

  #inFlightOf(shape: string): number {
    return this.#inFlight.get(shape) ?? 0
  }

  /** Of a crowd that one answer woke, half goes first: while the database works on it, the other half is made ready. */
  #shareOf(shape: string): number {
    if (this.#inFlightOf(shape) > 0) return ITEMS_MAX
    const crowd = this.#waiting.filter((waiting) => waiting.shape === shape).length
    return Math.min(ITEMS_MAX, Math.max(CROWD / 2, Math.ceil(crowd / 2)))
  }

  async #send(shape: string, batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    this.#inFlight.set(shape, this.#inFlightOf(shape) + 1)
    this.#inFlightOfAll += 1
    try {
      const answers = await this.#sharing.send(batch.map(({ item }) => item))
      batch.forEach(({ resolve }, at) => {
        resolve(answers[at] as Answer)
      })
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      const others = this.#inFlightOf(shape) - 1
      if (others > 0) this.#inFlight.set(shape, others)
      else this.#inFlight.delete(shape)
      this.#inFlightOfAll -= 1
      for (const { claims, gathers } of batch) for (const name of [...claims, ...gathers]) this.#held.delete(name)
      if (this.#waiting.length > 0) this.#flushSoon()
    }
  }
}

function only<Answer>(answers: readonly Answer[]): Answer {
  return answers[0] as Answer
}
