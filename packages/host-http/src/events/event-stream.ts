import { envelopeOf, type StoredEvent } from '@mission-control/core'

export interface EventStreamOptions {
  /** Events from where this stream begins, until the signal aborts. */
  readonly watch: (signal: AbortSignal) => AsyncIterable<StoredEvent>
  readonly isWanted: (event: StoredEvent) => boolean
  /** Where the stream begins, if that is known; a client that hears nothing else resumes from here. */
  readonly from: string | null
  /** Whether whoever opened the stream may still listen. A throw counts as no. */
  readonly mayListen: () => Promise<boolean>
  /** Told once, when the stream is over: with what broke it, if something did. */
  readonly onEnd: (fault: unknown) => void
  readonly limits: {
    readonly streamBufferBytes: number
    readonly pingMs: number
    readonly recheckMs: number
    readonly reconnectMs: number
  }
}

/** A stream of server-sent events, and the way to end it from outside. */
export interface EventStream {
  readonly body: ReadableStream<Uint8Array>
  end(): void
}

/**
 * Turns events into server-sent events. They are taken from the log only as fast as the reader takes them, so a slow
 * reader costs one buffer; whatever is there already travels together in one write.
 */
export function openEventStream(options: EventStreamOptions): EventStream {
  const source = new EventSource(options)
  const strategy = new ByteLengthQueuingStrategy({ highWaterMark: options.limits.streamBufferBytes })
  return { body: new ReadableStream<Uint8Array>(source, strategy), end: () => source.end() }
}

const encoder = new TextEncoder()
const NOT_YET = Symbol('not yet')

class EventSource {
  readonly #options: EventStreamOptions
  readonly #stopping = new AbortController()
  readonly #events: AsyncIterator<StoredEvent>
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null
  /** The next event, asked for and not yet there. */
  #coming: Promise<IteratorResult<StoredEvent>> | null = null
  #timers: ReturnType<typeof setInterval>[] = []
  /** How far the log has been passed over without a word to the reader, if further than what it was sent. */
  #passed: string | null = null
  #isOver = false

  constructor(options: EventStreamOptions) {
    this.#options = options
    this.#events = options.watch(this.#stopping.signal)[Symbol.asyncIterator]()
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller
    const { limits, from } = this.#options
    controller.enqueue(encoder.encode(`retry: ${limits.reconnectMs}\n${from === null ? '' : `id: ${from}\n`}\n`))
    this.#timers = [
      setInterval(() => this.#ping(), limits.pingMs),
      setInterval(() => void this.#recheck(), limits.recheckMs),
    ]
  }

  async pull(): Promise<void> {
    try {
      const { text, passed, done } = await this.#batch()
      if (this.#isOver) return
      if (text !== '') this.#controller?.enqueue(encoder.encode(text))
      this.#passed = passed
      if (done) this.end()
    } catch (fault) {
      this.#finish(fault)
    }
  }

  cancel(): void {
    this.#finish(undefined)
  }

  /** Ends the stream in good order: what was queued is still sent. */
  end(): void {
    this.#finish(undefined)
  }

  /** At least one wanted event, unless the events end, with as many as are there already and fit. */
  async #batch(): Promise<{ text: string; passed: string | null; done: boolean }> {
    let text = ''
    let passed: string | null = null
    while (text.length < this.#options.limits.streamBufferBytes) {
      this.#coming ??= this.#events.next()
      const next = text === '' ? await this.#coming : await Promise.race([this.#coming, soon()])
      if (next === NOT_YET) break
      this.#coming = null
      if (next.done === true || this.#isOver) return { text, passed, done: true }
      const event = next.value
      const isWanted = this.#options.isWanted(event)
      if (isWanted) text += message(event)
      passed = isWanted ? null : event.cursor
      // While wanted events wait to be sent, the reader must not be told of a later place: it would resume after them.
      this.#passed = text === '' ? passed : null
    }
    return { text, passed, done: false }
  }

  /** Keeps proxies from closing a silent stream, and tells how far the log has been looked through. */
  #ping(): void {
    const controller = this.#controller
    if (controller === null || this.#isOver || (controller.desiredSize ?? 0) <= 0) return
    const place = this.#passed === null ? '' : `id: ${this.#passed}\n`
    this.#passed = null
    controller.enqueue(encoder.encode(`: ping\n${place}\n`))
  }

  async #recheck(): Promise<void> {
    const mayListen = await this.#options.mayListen().catch(() => false)
    if (!mayListen) this.end()
  }

  #finish(fault: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const timer of this.#timers) clearInterval(timer)
    this.#stopping.abort()
    // The watcher wakes by the signal; nothing it still says is waited for.
    this.#coming?.catch(() => undefined)
    void this.#events.return?.().then(undefined, () => undefined)
    try {
      // After a cancel the stream is closed already.
      this.#controller?.close()
    } catch {
      // Nobody reads any more, which is all that closing means.
    }
    this.#options.onEnd(fault)
  }
}

/** A moment in which everything that is ready now gets its turn. */
function soon(): Promise<typeof NOT_YET> {
  return new Promise((resolve) => setTimeout(() => resolve(NOT_YET), 0))
}

/** JSON has no line breaks, so one line of `data` carries it. */
function message(event: StoredEvent): string {
  const envelope = envelopeOf(event, event.seal)
  return `id: ${event.cursor}\nevent: ${envelope.type}\ndata: ${JSON.stringify(envelope)}\n\n`
}
