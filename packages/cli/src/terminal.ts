/** What a command may touch. Handed in, so that a test needs neither files nor a process. */
export interface Terminal {
  /** Text of a file; `-` is the standard input. Throws an InputFault when it cannot be read. */
  read(path: string): Promise<string>
  /** Results: what another program may read. */
  write(text: string): void
  /** Everything said to a person. */
  complain(text: string): void
}
