import { randomUUID } from 'node:crypto'

/** One channel for each database; Postgres keeps those of different databases apart. */
const CHANNEL = 'mission_control'
/** At most one notification per this time, however many commits there are. */
const GAP_MS = 5
const RECONNECT_MS_MIN = 50
const RECONNECT_MS_MAX = 5_000

/** What is needed of a client of `pg` that was not connected yet. */
export interface PgListener {
  connect(): Promise<unknown>
  query(text: string, values?: unknown[]): Promise<unknown>
  end(): Promise<unknown>
  on(event: 'notification', listener: (message: { readonly payload?: string | undefined }) => void): unknown
  on(event: 'error' | 'end', listener: () => void): unknown
}

/**
 * Tells other hosts to look at the log, and hears them, over one connection of its own. A NOTIFY holds a lock of the
 * whole database over its commit: in the transactions that write, it made them six times slower. Here it stands alone,
 * once for many commits, and waits for no disk. It carries nothing that anybody relies on: who misses it finds the
 * events at the next poll.
 */
export class LiveFeed {
  readonly #open: () => PgListener
  readonly #onNews: () => void
  readonly #self = randomUUID()
  #connection: PgListener | null = null
  #isReady = false
  #isDue = false
  #isSending = false
  #isClosed = false
  #reconnectMs = RECONNECT_MS_MIN
  #timer: NodeJS.Timeout | undefined

  constructor(open: () => PgListener, onNews: () => void) {
    this.#open = open
    this.#onNews = onNews
  }

  /** Connects, unless that has happened. */
  start(): void {
    if (this.#connection === null && this.#timer === undefined && !this.#isClosed) void this.#connect()
  }

  /** Something was committed here. */
  send(): void {
    this.#isDue = true
    this.start()
    void this.#sendDue()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    const connection = this.#connection
    this.#connection = null
    this.#isReady = false
    await connection?.end().catch(() => undefined)
  }

  async #connect(): Promise<void> {
    this.#timer = undefined
    const connection = this.#open()
    this.#connection = connection
    const lost = () => this.#lost(connection)
    connection.on('error', lost)
    connection.on('end', lost)
    connection.on('notification', ({ payload }) => {
      if (payload !== this.#self) this.#onNews()
    })
    try {
      await connection.connect()
      await connection.query(`set synchronous_commit = off`)
      await connection.query(`listen ${CHANNEL}`)
    } catch {
      lost()
      return
    }
    if (this.#connection !== connection) return
    this.#isReady = true
    this.#reconnectMs = RECONNECT_MS_MIN
    // What was told while nobody here could hear it.
    this.#onNews()
    void this.#sendDue()
  }

  #lost(connection: PgListener): void {
    if (this.#connection !== connection) return
    this.#connection = null
    this.#isReady = false
    void connection.end().catch(() => undefined)
    this.#later(this.#reconnectMs, () => void this.#connect())
    this.#reconnectMs = Math.min(this.#reconnectMs * 2, RECONNECT_MS_MAX)
  }

  async #sendDue(): Promise<void> {
    const connection = this.#connection
    if (!this.#isDue || this.#isSending || !this.#isReady || connection === null) return
    this.#isDue = false
    this.#isSending = true
    const beganAt = performance.now()
    try {
      await connection.query('select pg_notify($1, $2)', [CHANNEL, this.#self])
    } catch {
      // The connection tells of its end itself; until it is back, the others poll.
      this.#isDue = true
    }
    const restMs = GAP_MS - (performance.now() - beganAt)
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs).unref())
    this.#isSending = false
    if (this.#isReady) void this.#sendDue()
  }

  #later(ms: number, work: () => void): void {
    if (this.#isClosed) return
    clearTimeout(this.#timer)
    // Listening alone keeps no program alive.
    this.#timer = setTimeout(work, ms).unref()
  }
}
