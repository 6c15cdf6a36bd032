#!/usr/bin/env node
import { nodeTerminal } from './node-terminal.ts'
import { runCommandLine } from './program.ts'

// A reader that has seen enough, such as `head`, is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
// Set, not called for: what has been written must reach whoever reads it.
process.exitCode = await runCommandLine(process.argv.slice(2), nodeTerminal)
