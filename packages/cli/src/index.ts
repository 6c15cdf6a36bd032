// What another program may use of the command line: the whole of it with a terminal of its own, and its data folder.

export { EXIT } from './exit-codes.ts'
export { type DataFolder, openDataFolder } from './host/data-folder.ts'
export { HOST_POLICY, SCRIPTED } from './host/host-policy.ts'
export { keepTime } from './host/keep-time.ts'
export { InputFault } from './input-fault.ts'
export { runCommandLine } from './program.ts'
export { referenceText } from './reference.ts'
export type { Terminal } from './terminal.ts'
