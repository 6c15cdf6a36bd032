import type { AnyRecord } from '@mission-control/core/storage'
import { compareText } from './ordering.ts'

/** A record's place. Indexes point at the place, so an update that changes no key touches no index. */
export interface Slot {
  readonly id: string
  readonly createdAt: number
  record: AnyRecord
}

/** Records that share a key, oldest first. */
export class SortedSlots {
  readonly #slots: Slot[]

  constructor(first: Slot) {
    this.#slots = [first]
  }

  get isEmpty(): boolean {
    return this.#slots.length === 0
  }

  first(limit: number): AnyRecord[] {
    return this.#slots.slice(0, limit).map((slot) => slot.record)
  }

  last(limit: number): AnyRecord[] {
    return limit === 0
      ? []
      : this.#slots
          .slice(-limit)
          .reverse()
          .map((slot) => slot.record)
  }

  ids(): string[] {
    return this.#slots.map((slot) => slot.id)
  }

  insert(slot: Slot): void {
    this.#slots.splice(this.#placeOf(slot), 0, slot)
  }

  remove(slot: Slot): void {
    this.#slots.splice(this.#placeOf(slot), 1)
  }

  /** Where the slot is, or would be. */
  #placeOf(slot: Slot): number {
    let low = 0
    let high = this.#slots.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const other = this.#slots[middle]
      if (other !== undefined && isOlder(other, slot)) low = middle + 1
      else high = middle
    }
    return low
  }
}

function isOlder(one: Slot, other: Slot): boolean {
  return one.createdAt === other.createdAt ? compareText(one.id, other.id) < 0 : one.createdAt < other.createdAt
}
