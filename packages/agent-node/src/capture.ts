import { Socket } from 'node:net'
import { StringDecoder } from 'node:string_decoder'

/** How long the last bytes may take to arrive after all commands have ended. */
const DRAIN_MS = 1_000

export interface CaptureLimits {
  readonly outputBytesMax: number
  readonly discardedBytesMax: number
}

/** Collects what is written into a pipe, up to a limit. It goes on reading beyond, so that nobody is blocked by it. */
export class Capture {
  readonly #socket: Socket
  readonly #limits: CaptureLimits
  readonly #chunks: Buffer[] = []
  readonly #closed: Promise<void>
  #kept = 0
  #discarded = 0

  /** Takes over the reading end of a pipe. `onFlood` is called once when far too much has been thrown away. */
  constructor(read: number, limits: CaptureLimits, onFlood: () => void) {
    this.#limits = limits
    this.#socket = new Socket({ fd: read, readable: true, writable: false })
    this.#closed = new Promise((resolve) => this.#socket.once('close', () => resolve()))
    // A pipe that breaks has ended; what has arrived until then counts.
    this.#socket.on('error', () => undefined)
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk, onFlood))
  }

  #take(chunk: Buffer, onFlood: () => void): void {
    const room = this.#limits.outputBytesMax - this.#kept
    const kept = chunk.length <= room ? chunk : chunk.subarray(0, room)
    if (kept.length > 0) this.#chunks.push(kept)
    this.#kept += kept.length
    const isFloodBefore = this.#discarded > this.#limits.discardedBytesMax
    this.#discarded += chunk.length - kept.length
    if (!isFloodBefore && this.#discarded > this.#limits.discardedBytesMax) onFlood()
  }

  /** Waits for the end of the pipe, whose writing ends must have been closed, and gives the text. */
  async finish(): Promise<{ readonly text: string; readonly isCut: boolean }> {
    // A command that left its process group may hold the pipe open for ever.
    const timer = setTimeout(() => this.#socket.destroy(), DRAIN_MS)
    await this.#closed
    clearTimeout(timer)
    // A decoder keeps back the half of a character that the limit has cut.
    const decoder = new StringDecoder('utf8')
    const text = this.#chunks.map((chunk) => decoder.write(chunk)).join('')
    if (this.#discarded === 0) return { text: text + decoder.end(), isCut: false }
    return { text: `${text}\n[output cut: ${this.#discarded} more bytes]\n`, isCut: true }
  }
}
