import { type AnyRecord, type Kind, LOOKUPS, type LookupName } from '@mission-control/core/storage'
import { LookupIndex } from './lookup-index.ts'
import type { Slot } from './sorted-slots.ts'

/** All records of one kind, with an index for each lookup. */
export class RecordTable {
  readonly indexes: readonly LookupIndex[]
  readonly uniqueIndexes: readonly LookupIndex[]
  readonly #slots = new Map<string, Slot>()

  constructor(kind: Kind) {
    const names = Object.keys(LOOKUPS) as LookupName[]
    this.indexes = names.filter((name) => LOOKUPS[name].kind === kind).map((name) => new LookupIndex(name))
    this.uniqueIndexes = this.indexes.filter((index) => index.isUnique)
  }

  get isEmpty(): boolean {
    return this.#slots.size === 0
  }

  get(id: string): AnyRecord | null {
    return this.#slots.get(id)?.record ?? null
  }

  /** Every record, in no order that means anything. */
  *all(): Iterable<AnyRecord> {
    for (const slot of this.#slots.values()) yield slot.record
  }

  put(record: AnyRecord): void {
    const known = this.#slots.get(record.id)
    const slot = known ?? { id: record.id, createdAt: record.createdAt, record }
    for (const index of this.indexes) index.move(slot, known?.record ?? null, record)
    slot.record = record
    if (known === undefined) this.#slots.set(record.id, slot)
  }
}
