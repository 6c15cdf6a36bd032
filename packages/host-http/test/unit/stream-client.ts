import { type SseMessage, SseReader } from '../../src/client/sse-reader.ts'

/** Reads the messages of a stream one by one. */
export interface StreamClient {
  readonly response: Response
  /** The next message with data, or null at the end of the stream. */
  next(): Promise<{ id: string | null; event: Any } | null>
  /** The next message, also one that only carries an id. */
  nextMessage(): Promise<SseMessage | null>
  /** Leaves, as a browser does that closes its tab. */
  leave(): Promise<void>
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into events of every shape
type Any = any

export function readStream(response: Response): StreamClient {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  if (reader === undefined) throw new Error('a stream has a body')
  const messages = new SseReader()
  const waiting: SseMessage[] = []

  const nextMessage = async (): Promise<SseMessage | null> => {
    while (waiting.length === 0) {
      const { done, value } = await reader.read()
      if (done) return null
      waiting.push(...messages.push(value))
    }
    return waiting.shift() ?? null
  }
  return {
    response,
    nextMessage,
    next: async () => {
      for (let message = await nextMessage(); message !== null; message = await nextMessage()) {
        if (message.data !== '') return { id: message.id, event: JSON.parse(message.data) as Any }
      }
      return null
    },
    leave: () => reader.cancel(),
  }
}
