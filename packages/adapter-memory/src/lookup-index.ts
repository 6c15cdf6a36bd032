import {
  type AnyRecord,
  LOOKUPS,
  type Lookup,
  type LookupName,
  type LookupRequest,
} from '@mission-control/core/storage'
import { type Path, pathOf, valueAt } from './field-path.ts'
import { type Slot, SortedSlots } from './sorted-slots.ts'

type Key = string | number | boolean | null

const NO_KEYS: readonly Key[] = []

/** Finds the records of one lookup without looking at the others. */
export class LookupIndex {
  readonly name: LookupName
  readonly isUnique: boolean
  readonly #lookup: Lookup
  readonly #paths: readonly Path[]
  readonly #conditions: readonly { readonly path: Path; readonly values: ReadonlySet<unknown> }[]
  readonly #buckets = new Map<Key, SortedSlots>()

  constructor(name: LookupName) {
    const lookup: Lookup = LOOKUPS[name]
    this.name = name
    this.isUnique = lookup.unique === true
    this.#lookup = lookup
    this.#paths = lookup.fields.map(pathOf)
    this.#conditions = (lookup.where ?? []).map((condition) => ({
      path: pathOf(condition.field),
      values: new Set(condition.in),
    }))
  }

  get fieldCount(): number {
    return this.#paths.length
  }

  /** In the order of the lookup. */
  find(values: LookupRequest['values'], limit: number): AnyRecord[] {
    const bucket = this.#buckets.get(joined(values))
    if (bucket === undefined) return []
    return this.#lookup.newestFirst === true ? bucket.last(limit) : bucket.first(limit)
  }

  /** Follows a record from what it held to what it holds. */
  move(slot: Slot, before: AnyRecord | null, after: AnyRecord): void {
    const left = before === null ? NO_KEYS : this.#keysOf(before)
    const entered = this.#keysOf(after)
    if (left.length === entered.length && left.every((key, at) => key === entered[at])) return
    for (const key of left) this.#leave(key, slot)
    for (const key of entered) this.#enter(key, slot)
  }

  /** The key that no second record may have; null when the record may share its place, as all with an empty field may. */
  uniqueKeyOf(record: AnyRecord): { readonly key: Key } | null {
    if (!this.#applies(record)) return null
    const values = this.#paths.map((path) => keyAt(record, path))
    const mustBeThere = this.#lookup.ofInstallation === true ? values.slice(1) : values
    return mustBeThere.includes(null) ? null : { key: joined(values) }
  }

  /** Ids of the records that have the key. */
  holders(key: Key): readonly string[] {
    return this.#buckets.get(key)?.ids() ?? []
  }

  #applies(record: AnyRecord): boolean {
    return this.#conditions.every(({ path, values }) => values.has(valueAt(record, path)))
  }

  #keysOf(record: AnyRecord): readonly Key[] {
    if (!this.#applies(record)) return NO_KEYS
    if (this.#lookup.contains !== true) return [joined(this.#paths.map((path) => keyAt(record, path)))]
    const [listPath = [], ...paths] = this.#paths
    const rest = paths.map((path) => keyAt(record, path))
    const list = valueAt(record, listPath) as readonly Key[]
    return [...new Set(list.map((item) => joined([item, ...rest])))]
  }

  #enter(key: Key, slot: Slot): void {
    const bucket = this.#buckets.get(key)
    if (bucket === undefined) this.#buckets.set(key, new SortedSlots(slot))
    else bucket.insert(slot)
  }

  #leave(key: Key, slot: Slot): void {
    const bucket = this.#buckets.get(key)
    bucket?.remove(slot)
    if (bucket?.isEmpty) this.#buckets.delete(key)
  }
}

/** What stands in a field, as far as it can be looked up: an object or a list is as good as nothing. */
function keyAt(record: AnyRecord, path: Path): Key {
  const value = valueAt(record, path)
  return typeof value === 'object' ? null : (value as Key)
}

/** One key for several values. Stored texts hold no NUL, so two different lists never give the same key. */
function joined(values: readonly Key[]): Key {
  const [only] = values
  if (values.length === 1 && only !== undefined) return only
  return values.map((value) => (typeof value === 'string' ? `"${value}` : String(value))).join('\u0000')
}
