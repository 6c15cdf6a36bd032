import { readFile, stat } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { EXIT } from './exit-codes.ts'
import { InputFault } from './input-fault.ts'
import type { Terminal } from './terminal.ts'

/** Larger files would not fit in one text. */
const FILE_BYTES_MAX = 256 * 1024 * 1024

const stop = new AbortController()
const STOPS = ['SIGINT', 'SIGTERM'] as const
/** One Ctrl-C may arrive twice: from the terminal, and from the program that started this one. */
const SAME_STOP_MS = 500
let isListening = false

/** Aborts at the first Ctrl-C; the second one ends the process, as does the first where no command asks for this. */
function stopSignal(): AbortSignal {
  if (isListening) return stop.signal
  isListening = true
  let firstAt: number | null = null
  for (const name of STOPS) {
    process.on(name, () => {
      const now = performance.now()
      firstAt ??= now
      if (now - firstAt > SAME_STOP_MS) process.exit(EXIT.interrupted)
      stop.abort()
    })
  }
  return stop.signal
}

const isPlain = process.env.NO_COLOR !== undefined && process.env.NO_COLOR !== ''

/** The terminal of this process. */
export const nodeTerminal: Terminal = {
  async read(path) {
    try {
      if (path === '-') return await text(process.stdin)
      const { size } = await stat(path)
      if (size > FILE_BYTES_MAX) throw new InputFault(`${path}: more than ${FILE_BYTES_MAX} bytes`)
      return await readFile(path, 'utf8')
    } catch (error) {
      if (error instanceof InputFault) throw error
      throw new InputFault(`${path}: ${error instanceof Error ? error.message : 'cannot be read'}`)
    }
  },
  write: (said) => void process.stdout.write(said),
  complain: (said) => void process.stderr.write(said),
  env: process.env,
  ...(process.stdout.isTTY ? { columns: process.stdout.columns } : {}),
  hasColour: process.stdout.isTTY && !isPlain && process.env.TERM !== 'dumb',
  get signal() {
    return stopSignal()
  },
}
