import { EventEmitter } from 'eventemitter3'
import type { Logger } from '../ports/logger.ts'
import type { EventPage, Storage, StoredEvent } from '../ports/storage.ts'

const READ_ROWS_MAX = 200
const POLL_MS = 500
/**
 * After a hint the log is looked at again this soon, then half as often each time: what was just committed may stand
 * behind a transaction that is still open, and nobody tells when that one ends without a word.
 */
const LOOK_AGAIN_MS = 5
/** Events a slow watcher may be behind before it reads from the store again instead of from memory. */
const BUFFER_EVENTS_MAX = 1_000

/**
 * Reads the log onward and gives every event to every watcher, in order and at least once.
 * One loop per process reads; commits of this process wake it, polling finds what other hosts wrote.
 */
export class Relay {
  readonly #storage: Storage
  readonly #logger: Logger
  readonly #emitter = new EventEmitter<{ event: (event: StoredEvent) => void; closed: () => void }>()
  #loop: Promise<void> | null = null
  /** Rises when a loop starts, so that a watcher can tell whether it began to read before or after. */
  #generation = 0
  #wake: (() => void) | null = null
  #cursor: string | null = null
  #isClosed = false

  constructor(storage: Storage, logger: Logger) {
    this.#storage = storage
    this.#logger = logger
  }

  /** The last event that everybody who watches was given; undefined while nobody does. */
  get position(): string | null | undefined {
    return this.#loop === null ? undefined : this.#cursor
  }

  /** Ends the loop and all watchers. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#emitter.emit('closed')
    this.#wake?.()
    await this.#loop
  }

  /** Events of one project (or of all) after a cursor: first from the store, then as they happen. */
  async *watch(request: {
    projectId?: string
    after: string | null
    signal?: AbortSignal
  }): AsyncGenerator<StoredEvent> {
    const { projectId, signal } = request
    const inbox = new Inbox(projectId)
    const onEvent = (event: StoredEvent) => inbox.push(event)
    const onEnd = () => inbox.wake()
    this.#emitter.on('event', onEvent)
    this.#emitter.on('closed', onEnd)
    signal?.addEventListener('abort', onEnd)
    const isOver = () => signal?.aborted === true || this.#isClosed
    let cursor = request.after
    try {
      while (!isOver()) {
        if (inbox.missesSome) {
          inbox.missesSome = false
          const generation = this.#generation
          let page: EventPage
          do {
            page = await this.#read(cursor, projectId)
            for (const event of page.events) {
              if (isOver()) return
              yield event
            }
            cursor = page.cursor ?? cursor
          } while (page.events.length === READ_ROWS_MAX && !isOver())
          if (this.#loop === null) this.#start(cursor)
          // The loop began while this watcher was reading: what lies between the two is in the store only.
          else if (generation !== this.#generation) inbox.missesSome = true
          continue
        }
        const events = inbox.take()
        for (const event of events) {
          if (cursor !== null && event.cursor <= cursor) continue
          cursor = event.cursor
          yield event
        }
        if (events.length === 0) await inbox.nonEmpty(isOver)
      }
    } finally {
      this.#emitter.off('event', onEvent)
      this.#emitter.off('closed', onEnd)
      signal?.removeEventListener('abort', onEnd)
      if (this.#emitter.listenerCount('event') === 0) this.#wake?.()
    }
  }

  #read(after: string | null, projectId?: string): Promise<EventPage> {
    return this.#storage.readEvents({ after, limit: READ_ROWS_MAX, ...(projectId === undefined ? {} : { projectId }) })
  }

  #start(after: string | null): void {
    this.#generation++
    this.#loop = this.#run(after).finally(() => {
      this.#loop = null
    })
  }

  async #run(after: string | null): Promise<void> {
    this.#cursor = after
    let hinted = true
    let restMs = POLL_MS
    const stopHints = this.#storage.onCommit(() => {
      hinted = true
      this.#wake?.()
    })
    try {
      while (this.#emitter.listenerCount('event') > 0 && !this.#isClosed) {
        restMs = hinted ? LOOK_AGAIN_MS : Math.min(restMs * 2, POLL_MS)
        hinted = false
        let isFull = false
        try {
          const page = await this.#read(this.#cursor)
          this.#cursor = page.cursor ?? this.#cursor
          for (const event of page.events) this.#emitter.emit('event', event)
          isFull = page.events.length === READ_ROWS_MAX
        } catch (error) {
          this.#logger.warn('the event relay cannot read the log; trying again', { error: String(error) })
        }
        if (!hinted && !isFull) await this.#sleep(restMs)
      }
    } finally {
      stopHints()
    }
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#wake = done
    })
  }
}

/** What one watcher has not taken yet. Bounded: when it overflows, the watcher goes back to the store. */
class Inbox {
  readonly #projectId: string | undefined
  #events: StoredEvent[] = []
  #notify: (() => void) | null = null
  missesSome = true

  constructor(projectId: string | undefined) {
    this.#projectId = projectId
  }

  push(event: StoredEvent): void {
    if (this.#projectId !== undefined && event.projectId !== this.#projectId) return
    if (this.#events.length >= BUFFER_EVENTS_MAX) {
      this.#events = []
      this.missesSome = true
    } else this.#events.push(event)
    this.wake()
  }

  take(): StoredEvent[] {
    const events = this.#events
    this.#events = []
    return events
  }

  wake(): void {
    this.#notify?.()
  }

  async nonEmpty(isOver: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#notify = resolve
      if (this.#events.length > 0 || this.missesSome || isOver()) resolve()
    })
    this.#notify = null
  }
}
