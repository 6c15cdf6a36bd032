import { LoadedSnapshot, lookupKey, refKey } from '../decide/snapshot.ts'
import { type AnyRecord, isAppendOnlyKind, isSettingsKind, type Kind } from '../model/records.ts'
import type { Clock } from '../ports/clock.ts'
import type { Loaded, Put, Ref, Scope, Storage } from '../ports/storage.ts'

const ENTRIES_MAX = 10_000
/** Records written last, for hints. */
const RECENT_MAX = 2_000

/**
 * Remembers settings (system, project, principal, agent, policy, budget) between commands of one process.
 * A yes may be decided from remembered settings, because the commit proves each of them; a no must be decided
 * from a fresh look. The engine keeps to that; nothing else may read from here.
 */
export class SettingsCache {
  readonly #records = new Map<string, AnyRecord>()
  readonly #lookups = new Map<string, readonly AnyRecord[]>()
  /** Tasks, runs, approvals: never decided from, but they say what else a command will want to see. */
  readonly #recent = new Map<string, AnyRecord>()
  #clockOffsetMs: number | null = null
  readonly #clock: Clock

  /** The clock only tells how much time has passed since a look; what it shows does not matter. */
  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * What is remembered of these records, as a snapshot for the first call of a scope: with it most scopes name
   * everything at once (today's account needs the project's zone and the time). Its time is an estimate; nothing is decided on it.
   */
  hint(refs: readonly Ref[]): LoadedSnapshot | null {
    if (this.#clockOffsetMs === null) return null
    const known = refs.flatMap((ref) => {
      const key = refKey(ref.kind, ref.id)
      const record = this.#records.get(key) ?? this.#recent.get(key)
      return record === undefined ? [] : [{ ref, record }]
    })
    return new LoadedSnapshot(
      { records: known.map(({ ref }) => ref) },
      {
        now: this.#clock.now() + this.#clockOffsetMs,
        records: known.map(({ record }) => record),
        lookups: [],
        balances: [],
        receipt: null,
      },
    )
  }

  /** Loads a scope, taking remembered settings from here and the rest from the store. */
  async load(storage: Storage, scope: Scope): Promise<Loaded> {
    const records = scope.records ?? []
    const lookups = scope.lookups ?? []
    const cachedRecords = records.map((ref) => this.#records.get(refKey(ref.kind, ref.id)))
    const cachedLookups = lookups.map((request) => this.#lookups.get(lookupKey(request.lookup, request.values)))
    const loaded = await storage.load({
      ...scope,
      records: records.filter((_, index) => cachedRecords[index] === undefined),
      lookups: lookups.filter((_, index) => cachedLookups[index] === undefined),
    })
    const freshRecords = loaded.records[Symbol.iterator]()
    const freshLookups = loaded.lookups[Symbol.iterator]()
    return {
      ...loaded,
      records: cachedRecords.map((record) => record ?? next(freshRecords, null)),
      lookups: cachedLookups.map((rows) => rows ?? next(freshLookups, [])),
    }
  }

  /** Keeps the settings of a fresh look. */
  remember(scope: Scope, loaded: Loaded): void {
    this.#clockOffsetMs = loaded.now - this.#clock.now()
    if (this.#records.size + this.#lookups.size > ENTRIES_MAX) this.clear()
    scope.records?.forEach((ref, index) => {
      const record = loaded.records[index]
      if (record !== null && record !== undefined) this.#keep(ref.kind, record)
    })
    scope.lookups?.forEach((request, index) => {
      // Only lists that a version proves: activating a policy writes the project or the system row.
      if (request.lookup === 'activePolicies')
        this.#lookups.set(lookupKey(request.lookup, request.values), loaded.lookups[index] ?? [])
    })
  }

  /** Writes through what a commit of this process changed. */
  written(puts: readonly Put[]): void {
    for (const { kind, record } of puts) {
      if (isSettingsKind(kind)) this.#keep(kind, record)
      else if (!isAppendOnlyKind(kind)) this.#keepForHints(refKey(kind, record.id), record)
    }
  }

  #keepForHints(key: string, record: AnyRecord): void {
    this.#recent.delete(key)
    this.#recent.set(key, record)
    if (this.#recent.size <= RECENT_MAX) return
    for (const oldest of this.#recent.keys()) {
      this.#recent.delete(oldest)
      break
    }
  }

  #keep(kind: Kind, record: AnyRecord): void {
    if (!isSettingsKind(kind)) return
    const key = refKey(kind, record.id)
    // A list of policies is proven by the versions of project and system. When one of those moves, a list
    // remembered from before must not be paired with it, or the commit would prove the wrong thing.
    if ((kind === 'system' || kind === 'project') && this.#records.get(key)?.version !== record.version) {
      this.#lookups.clear()
    }
    this.#records.set(key, record)
  }

  clear(): void {
    this.#records.clear()
    this.#lookups.clear()
  }
}

function next<T>(iterator: Iterator<T>, otherwise: T): T {
  const result = iterator.next()
  return result.done === true ? otherwise : result.value
}
