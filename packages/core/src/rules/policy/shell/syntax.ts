import type { ShellWord } from './words.ts'

/** A redirect that a plan can carry out without a shell. */
export type ShellRedirect =
  | { readonly kind: 'read'; readonly path: ShellWord }
  | { readonly kind: 'write'; readonly from: 1 | 2 | 'both'; readonly path: ShellWord; readonly append: boolean }
  | { readonly kind: 'duplicate'; readonly from: 1 | 2; readonly to: 1 | 2 }
  | { readonly kind: 'text'; readonly text: string }

/** A proven literal script. Whatever the grammar knows beyond this has no form here. */
export type ShellNode =
  | { readonly kind: 'command'; readonly words: readonly ShellWord[]; readonly redirects: readonly ShellRedirect[] }
  | { readonly kind: 'pipeline'; readonly commands: readonly ShellNode[] }
  | { readonly kind: 'group'; readonly body: ShellNode; readonly redirects: readonly ShellRedirect[] }
  | {
      readonly kind: 'list'
      readonly steps: readonly { readonly when: 'always' | 'success' | 'failure'; readonly run: ShellNode }[]
    }

/** A simple command seen anywhere in the text, read as well as it can be. Words that are no literals are null. */
export interface SeenCommand {
  readonly words: readonly (string | null)[]
  /** Literal targets of redirects that write. */
  readonly writesTo: readonly string[]
  /** Targets that are no literals count as unknown. */
  readonly readsFrom: readonly string[]
  /** Commands inside substitutions of its words and redirects. */
  readonly inside: readonly SeenCommand[]
  /** Literal text of here-documents and here-strings. */
  readonly stdinText: readonly string[]
}

export interface ShellSighting {
  /** Commands of each pipeline, in order; a command on its own is a pipeline of one. */
  readonly pipelines: readonly (readonly SeenCommand[])[]
  /** A function that starts itself more than once or in the background. */
  readonly hasForkBomb: boolean
}

export interface ShellReading {
  /** The script when all of it is literal and of the few supported forms. */
  readonly script: ShellNode | null
  /** Why there is no script. */
  readonly refusal: string | null
  /** What is in the text all the same, so that the deny rules see it. */
  readonly seen: ShellSighting
}

/** Reads a command line. Never throws, never allows by mistake: what it does not understand has no script. */
export interface ShellParser {
  read(source: string, lengthMax: number): ShellReading
}
