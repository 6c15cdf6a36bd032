// What another program may use of the command line: the whole of it, with a terminal of its own.

export { EXIT } from './exit-codes.ts'
export { runCommandLine } from './program.ts'
export type { Terminal } from './terminal.ts'
