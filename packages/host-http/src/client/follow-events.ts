import { isMissionControlError, RefusedError, type StoredEvent } from '@mission-control/core'
import pRetry from 'p-retry'
import { eventOf } from '../events/envelope.ts'
import { SseReader } from './sse-reader.ts'

export interface FollowOptions {
  /** Opens the stream from after a cursor; `now` skips the past, null begins at the beginning. A refusal is thrown. */
  readonly open: (after: string | null, signal: AbortSignal) => Promise<Response>
  readonly after: string | null
  readonly signal: AbortSignal | undefined
}

/** Three pings of a host that is silent: the connection is dead even if nobody has said so. */
const SILENCE_MS = 45_000
const RECONNECT_MS = 3_000
const RECONNECT_MS_MAX = 30_000

/**
 * Events as they happen, over any number of connections: when one ends or falls silent, the next goes on after the
 * last event that was received. Ends when the signal aborts or the consumer leaves; throws when the host refuses.
 */
export async function* followEvents(options: FollowOptions): AsyncGenerator<StoredEvent> {
  const leaving = new AbortController()
  const signal = options.signal === undefined ? leaving.signal : AbortSignal.any([options.signal, leaving.signal])
  const place = new Place(options.after)
  try {
    while (!signal.aborted) {
      const response = await connect(options, place, signal)
      if (response === null) return
      yield* readEvents(response, place, signal)
      await pause(place.reconnectMs * (0.5 + Math.random() / 2), signal)
    }
  } finally {
    leaving.abort()
  }
}

/** Where a follower is in the log, as far as it knows. */
class Place {
  after: string | null
  reconnectMs = RECONNECT_MS

  constructor(after: string | null) {
    this.after = after
  }

  /** `now` is a moment, not a place: once a stream is open, coming again means going on from where it began. */
  opened(id: string | null): void {
    if (id !== null) this.after = id
    // No place was named because the log was empty, so what follows is everything.
    else if (this.after === 'now') this.after = null
  }
}

/** Tries until there is a stream; null when the signal aborted first. */
async function connect({ open }: FollowOptions, place: Place, signal: AbortSignal): Promise<Response | null> {
  try {
    return await pRetry(() => open(place.after, signal), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: Math.min(place.reconnectMs, RECONNECT_MS_MAX),
      maxTimeout: RECONNECT_MS_MAX,
      randomize: true,
      signal,
      onFailedAttempt: ({ error }) => pause(retryAfterMs(error) ?? 0, signal),
      shouldRetry: ({ error }) => isPassing(error),
    })
  } catch (error) {
    if (signal.aborted) return null
    throw error
  }
}

/** Whether trying again later may help: the host cannot answer now, or has said for how long it will not. */
function isPassing(error: unknown): boolean {
  return retryAfterMs(error) !== null || (isMissionControlError(error) && error.code !== 'INTERNAL')
}

function retryAfterMs(error: unknown): number | null {
  if (!(error instanceof RefusedError) || error.refusal.code !== 'RATE_LIMITED') return null
  return error.refusal.retryAfterMs ?? RECONNECT_MS
}

async function* readEvents(response: Response, place: Place, signal: AbortSignal): AsyncGenerator<StoredEvent> {
  if (response.body === null) return
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  const messages = new SseReader()
  try {
    while (!signal.aborted) {
      const piece = await nextPiece(reader)
      if (piece === null) return
      for (const { id, data, retryMs } of messages.push(piece)) {
        if (retryMs !== null) place.reconnectMs = retryMs
        const event = data === '' || id === null ? null : eventOf(JSON.parse(data), id)
        if (event !== null && !signal.aborted) yield event
        // Moved only now: an event that the consumer has not finished with is sent again.
        place.opened(id)
      }
    }
  } finally {
    void reader.cancel().catch(() => undefined)
  }
}

/** The next piece of text, or null when the connection is over: ended, broken, or silent for longer than a living host. */
async function nextPiece(reader: ReadableStreamDefaultReader<string>): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), SILENCE_MS)
  })
  const read = reader.read().then(
    ({ value }) => value ?? null,
    () => null,
  )
  try {
    return await Promise.race([read, silence])
  } finally {
    clearTimeout(timer)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
