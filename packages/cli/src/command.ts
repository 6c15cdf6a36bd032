import type { Terminal } from './terminal.ts'

/** What a command was given: options by their long name, and the words that are no options. */
export interface Given {
  readonly flags: Readonly<Record<string, boolean>>
  readonly texts: Readonly<Record<string, string>>
  /** Options that may be repeated, in order. */
  readonly lists: Readonly<Record<string, readonly string[]>>
  readonly words: readonly string[]
}

export interface CliOption {
  /** As it is written: `--json`, `--policy`. */
  readonly name: `--${string}`
  readonly kind: 'flag' | 'text' | 'list'
  /** What stands for the value in the help; nothing for a flag. */
  readonly value?: string
  readonly summary: string
  readonly isRequired?: boolean
}

/** One command of the command line. A file each; `commands/index.ts` lists them. */
export interface CliCommand {
  /** `['policy', 'check']` is called as `mission-control policy check`. */
  readonly path: readonly string[]
  readonly summary: string
  /** Words it takes besides options, as `<before>`; each is required. */
  readonly words?: readonly string[]
  readonly options: readonly CliOption[]
  /** Does it and gives the exit code. */
  run(given: Given, terminal: Terminal): Promise<number>
}

/** The text of an option that is required, which the parser has seen to. */
export function textOf(given: Given, name: string): string {
  return given.texts[name] ?? ''
}
