/** One message of a stream of server-sent events. */
export interface SseMessage {
  /** The last id that the stream gave, with this message or before it. */
  readonly id: string | null
  /** Empty for a message that only carries an id. */
  readonly data: string
  /** What the server wants a client to wait before it comes again. */
  readonly retryMs: number | null
}

/** Longest message, in characters: events are at most 64 KiB of JSON and their envelope. */
const MESSAGE_CHARS_MAX = 1024 * 1024
const END_OF_LINE = /\r\n|\n|\r/

/** Reads the messages of a stream of server-sent events, those without data included. */
export class SseReader {
  #rest = ''
  #id: string | null = null
  #data: string[] = []
  #dataChars = 0
  #retryMs: number | null = null

  /** Takes the next piece of text and gives the messages that are complete with it. */
  push(text: string): SseMessage[] {
    // A carriage return at the very end may be half of a line break; it waits for the next piece.
    const whole = this.#rest + text
    const upTo = whole.endsWith('\r') ? whole.length - 1 : whole.length
    const lines = whole.slice(0, upTo).split(END_OF_LINE)
    this.#rest = (lines.pop() ?? '') + whole.slice(upTo)
    const messages: SseMessage[] = []
    for (const line of lines) {
      if (line === '') messages.push(this.#dispatch())
      else this.#field(line)
    }
    if (this.#rest.length + this.#dataChars > MESSAGE_CHARS_MAX) throw new Error('a message of the stream is too long')
    return messages
  }

  #dispatch(): SseMessage {
    const message = { id: this.#id, data: this.#data.join('\n'), retryMs: this.#retryMs }
    this.#data = []
    this.#dataChars = 0
    this.#retryMs = null
    return message
  }

  #field(line: string): void {
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (name === 'id' && !value.includes('\0')) this.#id = value
    else if (name === 'data') this.#addData(value)
    else if (name === 'retry' && /^\d{1,9}$/.test(value)) this.#retryMs = Number(value)
  }

  #addData(value: string): void {
    this.#data.push(value)
    this.#dataChars += value.length + 1
  }
}
