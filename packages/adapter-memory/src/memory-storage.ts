import { type Clock, MissionControlError, type Storage } from '@mission-control/core/storage'
import { applyCommit } from './apply-commit.ts'
import { look } from './look.ts'
import { MemoryState } from './memory-state.ts'
import { memoryQueries } from './queries.ts'
import { rowsOfState, stateOfRows } from './snapshot.ts'

export interface MemoryStorageOptions {
  /** Where the store's time comes from; without it, the clock of this machine. */
  readonly clock?: Clock
}

/**
 * Keeps everything in this program's memory: for tests, trials and simulations. Nothing survives the program.
 * Every look and every commit is one synchronous step, so no two of them can ever interleave.
 */
export function createMemoryStorage(options: MemoryStorageOptions = {}): Storage {
  const clock = options.clock ?? { now: () => Date.now() }
  let state = new MemoryState()
  const announcer = new Announcer()
  let closed = false

  const opened = (): MemoryState => {
    if (closed) throw new MissionControlError('UNAVAILABLE', 'this memory storage has been closed')
    return state
  }

  // The methods are async only to keep the port's shape: nothing in them may await before its last write.
  return {
    load: async (scope) => look(opened(), scope, clock.now()),
    commit: async (commit) => {
      const outcome = applyCommit(opened(), commit, clock.now())
      if (outcome.status === 'applied') announcer.announce()
      return outcome
    },
    readEvents: async (request) => opened().log.read(request),
    readUnsealed: async (limit) => opened().log.unsealed(limit),
    seal: async (request) => opened().log.seal(request),
    snapshot: async (take) => {
      // All rows are taken hold of before the first is given; they are frozen, so this is one moment.
      for (const rows of rowsOfState(opened())) await take(rows)
    },
    restore: async (rows) => {
      if (!opened().isEmpty) return 'occupied'
      const restored = await stateOfRows(rows)
      // Somebody may have written while the rows were read.
      if (!opened().isEmpty) return 'occupied'
      state = restored
      announcer.announce()
      return 'restored'
    },
    onCommit: (listener) => {
      opened()
      return announcer.listen(listener)
    },
    queries: memoryQueries(opened, clock),
    close: async () => {
      closed = true
      announcer.silence()
    },
  }
}

/** Tells listeners that something was committed: after the answer is on its way, and once for many commits. */
class Announcer {
  readonly #listeners = new Set<{ readonly call: () => void }>()
  #isDue = false

  listen(listener: () => void): () => void {
    const entry = { call: listener }
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  announce(): void {
    if (this.#isDue || this.#listeners.size === 0) return
    this.#isDue = true
    queueMicrotask(() => {
      this.#isDue = false
      for (const { call } of this.#listeners) call()
    })
  }

  silence(): void {
    this.#listeners.clear()
  }
}
