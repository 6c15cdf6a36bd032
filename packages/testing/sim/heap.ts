/** A queue that always gives the earliest first. */
export class Heap<T> {
  readonly #items: T[] = []
  readonly #isEarlier: (one: T, other: T) => boolean

  constructor(isEarlier: (one: T, other: T) => boolean) {
    this.#isEarlier = isEarlier
  }

  push(item: T): void {
    const items = this.#items
    let at = items.push(item) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = items[parent] as T
      if (!this.#isEarlier(item, above)) break
      items[at] = above
      at = parent
    }
    items[at] = item
  }

  pop(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    if (items.length === 0 || last === undefined) return first
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      if (left >= items.length) break
      const right = left + 1
      const child = right < items.length && this.#isEarlier(items[right] as T, items[left] as T) ? right : left
      const below = items[child] as T
      if (!this.#isEarlier(below, last)) break
      items[at] = below
      at = child
    }
    items[at] = last
    return first
  }
}
