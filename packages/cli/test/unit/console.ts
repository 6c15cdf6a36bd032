import { runCommandLine } from '../../src/index.ts'
import type { Terminal } from '../../src/terminal.ts'
import type { Ran } from './memory-terminal.ts'

export interface Console {
  readonly env?: Readonly<Record<string, string>>
  readonly files?: Readonly<Record<string, string>>
  readonly columns?: number
  readonly signal?: AbortSignal
}

/** Runs the command line with an environment of its own; nothing of this process's is seen. */
export async function runIn({ env = {}, files = {}, columns, signal }: Console, ...words: string[]): Promise<Ran> {
  let out = ''
  let err = ''
  const terminal: Terminal = {
    read: async (path) => {
      const text = files[path]
      if (text === undefined) throw new Error(`no such file: ${path}`)
      return text
    },
    write: (text) => {
      out += text
    },
    complain: (text) => {
      err += text
    },
    env,
    ...(columns === undefined ? {} : { columns }),
    ...(signal === undefined ? {} : { signal }),
  }
  return { code: await runCommandLine(words, terminal), out, err }
}
