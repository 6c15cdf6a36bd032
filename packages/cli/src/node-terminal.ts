import { readFile, stat } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { InputFault } from './input-fault.ts'
import type { Terminal } from './terminal.ts'

/** Larger files would not fit in one text. */
const FILE_BYTES_MAX = 256 * 1024 * 1024

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
}
