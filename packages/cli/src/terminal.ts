/** What a command may touch. Handed in, so that a test needs neither files nor a process. */
export interface Terminal {
  /** Text of a file; `-` is the standard input. Throws an InputFault when it cannot be read. */
  read(path: string): Promise<string>
  /** Results: what another program may read. */
  write(text: string): void
  /** Everything said to a person. */
  complain(text: string): void
  /** The variables of the environment; default: none. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** How wide it is, in characters; default: as wide as it takes. */
  readonly columns?: number
  /** Whether it shows colours; default: no. */
  readonly hasColour?: boolean
  /** Aborts when the person wants the program to end; default: never. */
  readonly signal?: AbortSignal
}
