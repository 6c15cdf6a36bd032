import { type AccountKey, type Balance, accountId as idOfAccount } from '../model/ledger.ts'
import { type KindOfLookup, LOOKUPS, type LookupName } from '../model/lookups.ts'
import type { ListPrice } from '../model/price.ts'
import { type AnyRecord, type Kind, RECORDS, type RecordOf } from '../model/records.ts'
import type { PriceBook } from '../ports/price-book.ts'
import type { Check, Loaded, LookupRequest, Scope } from '../ports/storage.ts'
import { EMPTY_PRICE_BOOK, PriceSheet } from './price-sheet.ts'

export type LookupValues = LookupRequest['values']

/**
 * What was read, all of it at one moment. Whatever a decider takes out with `get` counts as relied upon:
 * the commit goes through only if it is unchanged. Asking for something that was not loaded is a bug.
 */
export interface Snapshot {
  /** The store's clock at the moment of reading, epoch ms. */
  readonly now: number
  /** The record, or null if there is none. Either answer is relied upon. */
  get<K extends Kind>(kind: K, id: string): RecordOf<K> | null
  /** The record, or null, for display and hints only: a change of it does not matter to the decision. */
  peek<K extends Kind>(kind: K, id: string): RecordOf<K> | null
  /** Records found, oldest first. A list is a hint; `rely` on the ones that matter, or on a record that fences the list. */
  find<L extends LookupName>(lookup: L, ...values: LookupValues): readonly RecordOf<KindOfLookup<L>>[]
  /** Makes the commit depend on a record that came out of `find`. */
  rely<K extends Kind>(kind: K, record: RecordOf<K>): void
  balance(key: AccountKey): Balance
  /** The price of a model at this moment, from the rate card; null where it is not known. Asked again, it is the same. */
  listPrice(provider: string | null, model: string): ListPrice | null
  /** The dearest price of the rate card at this moment; null where there is none. */
  dearestPrice(): ListPrice | null
  /** Whether the record was loaded: lets a scope ask for what an earlier look pointed at. */
  has(kind: Kind, id: string): boolean
  hasLookup(lookup: LookupName, values: LookupValues): boolean
  hasAccount(key: AccountKey): boolean
}

export function refKey(kind: Kind, id: string): string {
  return `${kind}\u0000${id}`
}

/** Names a lookup with its values. Written for speed: a command asks by it dozens of times. */
export function lookupKey(lookup: LookupName, values: LookupValues): string {
  let key: string = lookup
  for (const value of values) key += typeof value === 'string' ? `\u0000${value.length}:${value}` : `\u0000${value}`
  return key
}

/** Records that were parsed before. Stores hand out the same object while a record is unchanged, and settings stay for long. */
const parsedBefore = new WeakMap<AnyRecord, AnyRecord>()

function parsed<K extends Kind>(kind: K, record: AnyRecord): RecordOf<K> {
  const before = parsedBefore.get(record)
  if (before !== undefined) return before as RecordOf<K>
  // Pair assertion: a row that a newer or a broken writer left must stop us here, not inside a rule.
  const result = RECORDS[kind].safeParse(record)
  if (!result.success) throw new StoredRecordError(kind, (record as { id?: string }).id ?? '?', result.error.message)
  parsedBefore.set(record, result.data)
  return result.data as RecordOf<K>
}

/** A stored record does not have the shape of its kind: written by a newer version, or by hand. */
export class StoredRecordError extends Error {
  constructor(kind: Kind, id: string, problem: string) {
    super(`stored ${kind} ${id} does not parse: ${problem}`)
    this.name = 'StoredRecordError'
  }
}

/** One record of a look, and what became of it. */
interface Seen {
  readonly kind: Kind
  readonly id: string
  readonly raw: AnyRecord | null
  /** Parsed when it was first asked for. */
  record: AnyRecord | null
  isReliedUpon: boolean
}

/** One list of a look. */
interface SeenList {
  readonly values: LookupValues
  readonly rows: readonly AnyRecord[]
}

/**
 * The snapshot of one look, keeping note of what the decider relied upon. A command asks it some hundred questions, so
 * it finds things by kind and id as they are, and builds no keys.
 */
export class LoadedSnapshot implements Snapshot {
  readonly now: number
  readonly #records = new Map<Kind, Map<string, Seen>>()
  readonly #lists = new Map<LookupName, SeenList[]>()
  readonly #balances = new Map<string, Balance>()
  readonly #relied: Seen[] = []
  readonly #prices: PriceSheet

  constructor(scope: Scope, loaded: Loaded, priceBook: PriceBook = EMPTY_PRICE_BOOK) {
    this.now = loaded.now
    this.#prices = new PriceSheet(priceBook, loaded.now)
    scope.lookups?.forEach(({ lookup, values }, index) => {
      const rows = loaded.lookups[index] ?? []
      const lists = this.#lists.get(lookup)
      if (lists === undefined) this.#lists.set(lookup, [{ values, rows }])
      else lists.push({ values, rows })
      for (const row of rows) this.#see(LOOKUPS[lookup].kind, row.id, row)
    })
    scope.records?.forEach(({ kind, id }, index) => {
      this.#see(kind, id, loaded.records[index] ?? null)
    })
    scope.accounts?.forEach((account, index) => {
      this.#balances.set(account, loaded.balances[index] ?? { reserved: 0, settled: 0 })
    })
  }

  #see(kind: Kind, id: string, raw: AnyRecord | null): void {
    let ofKind = this.#records.get(kind)
    if (ofKind === undefined) {
      ofKind = new Map()
      this.#records.set(kind, ofKind)
    }
    ofKind.set(id, { kind, id, raw, record: null, isReliedUpon: false })
  }

  #seen(kind: Kind, id: string): Seen {
    const seen = this.#records.get(kind)?.get(id)
    if (seen === undefined) throw new Error(`the scope did not ask for ${kind} ${id}`)
    return seen
  }

  #list(lookup: LookupName, values: LookupValues): SeenList | undefined {
    return this.#lists.get(lookup)?.find((list) => areEqual(list.values, values))
  }

  get<K extends Kind>(kind: K, id: string): RecordOf<K> | null {
    const seen = this.#seen(kind, id)
    if (!seen.isReliedUpon) {
      seen.isReliedUpon = true
      this.#relied.push(seen)
    }
    return recordOf<K>(seen)
  }

  peek<K extends Kind>(kind: K, id: string): RecordOf<K> | null {
    return recordOf<K>(this.#seen(kind, id))
  }

  find<L extends LookupName>(lookup: L, ...values: LookupValues): readonly RecordOf<KindOfLookup<L>>[] {
    const list = this.#list(lookup, values)
    if (list === undefined) throw new Error(`the scope did not ask for ${lookup} ${JSON.stringify(values)}`)
    const kind = LOOKUPS[lookup].kind as KindOfLookup<L>
    return list.rows.map((row) => this.peek(kind, row.id)).filter((row) => row !== null)
  }

  rely<K extends Kind>(kind: K, record: RecordOf<K>): void {
    this.get(kind, record.id)
  }

  balance(key: AccountKey): Balance {
    const id = idOfAccount(key)
    const balance = this.#balances.get(id)
    if (balance === undefined) throw new Error(`the scope did not ask for account ${id}`)
    return balance
  }

  listPrice(provider: string | null, model: string): ListPrice | null {
    return this.#prices.price(provider, model)
  }

  dearestPrice(): ListPrice | null {
    return this.#prices.dearest()
  }

  has(kind: Kind, id: string): boolean {
    return this.#records.get(kind)?.has(id) === true
  }

  hasLookup(lookup: LookupName, values: LookupValues): boolean {
    return this.#list(lookup, values) !== undefined
  }

  hasAccount(key: AccountKey): boolean {
    return this.hasAccountId(idOfAccount(key))
  }

  hasAccountId(account: string): boolean {
    return this.#balances.has(account)
  }

  reliedUpon(): readonly Check[] {
    return this.#relied.map(({ kind, id, raw }) => ({ kind, id, version: raw?.version ?? null }))
  }
}

function recordOf<K extends Kind>(seen: Seen): RecordOf<K> | null {
  if (seen.raw === null) return null
  seen.record ??= parsed(seen.kind, seen.raw)
  return seen.record as RecordOf<K>
}

function areEqual(one: LookupValues, other: LookupValues): boolean {
  return one.length === other.length && one.every((value, at) => value === other[at])
}
