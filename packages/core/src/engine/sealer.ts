import type { Logger } from '../ports/logger.ts'
import { PAGE_ROWS_MAX, type Storage } from '../ports/storage.ts'
import { sealEach } from '../rules/chain.ts'

/** An event is sealed at most this long after its commit, while somebody keeps the log sealed. */
const SEAL_LAG_MS = 1_000
/** How long commits are collected before they are sealed together. */
const GATHER_MS = 200
/** Looks for what other hosts wrote. Twice as often as the promise, so that one late timer does not break it. */
const POLL_MS = SEAL_LAG_MS / 2

/**
 * Numbers and chains the events behind the commits. Any number of hosts may do it: the store accepts the seals of one,
 * and the others find the work done.
 */
export class Sealer {
  readonly #storage: Storage
  readonly #logger: Logger
  #flight: Promise<number> | null = null
  #next: Promise<number> | null = null

  constructor(storage: Storage, logger: Logger) {
    this.#storage = storage
    this.#logger = logger
  }

  /** Seals everything committed before the call. Callers at the same time share the work. */
  seal(): Promise<number> {
    if (this.#flight === null) {
      this.#flight = this.#sealAll().finally(() => {
        this.#flight = null
      })
      return this.#flight
    }
    // The flight may have read the log before the caller's commit, so it is followed by another one.
    this.#next ??= this.#flight
      .catch(() => 0)
      .then(() => {
        this.#next = null
        return this.seal()
      })
    return this.#next
  }

  /** Seals as commits come, until the signal aborts. A store that is away for a while is waited for. */
  async keepSealed(signal: AbortSignal): Promise<void> {
    let wake = () => {}
    const stopHints = this.#storage.onCommit(() => wake())
    try {
      while (!signal.aborted) {
        try {
          await this.seal()
        } catch (error) {
          this.#logger.warn('the log could not be sealed; trying again', { error: String(error) })
        }
        const hinted = new Promise<void>((resolve) => {
          wake = resolve
        })
        await soon(POLL_MS, hinted, signal)
        await soon(GATHER_MS, null, signal)
      }
    } finally {
      stopHints()
    }
  }

  async #sealAll(): Promise<number> {
    let sealed = 0
    for (;;) {
      const { after, events, heads } = await this.#storage.readUnsealed(PAGE_ROWS_MAX)
      if (events.length === 0) return sealed
      const seals = sealEach(events, heads).map(({ cursor, projectId, seal }) => ({ cursor, projectId, seal }))
      const outcome = await this.#storage.seal({ after, seals })
      // Another host was faster, and will do the rest as well; what it may leave out is met at the next call.
      if (outcome === 'stale') continue
      sealed += events.length
    }
  }
}

/** Waits until the time has passed, something else happened, or the signal aborts. */
function soon(ms: number, other: Promise<void> | null, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
    if (signal.aborted) done()
    void other?.then(done)
  })
}
