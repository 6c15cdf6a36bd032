#!/usr/bin/env node
// The command line of a clone: runs the sources, so nothing has to be built first. What is published starts dist/main.js.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const loader = import.meta.resolve('tsx')
const args = ['--conditions=@mission-control/source', '--import', loader, main, ...process.argv.slice(2)]
const child = spawn(process.execPath, args, { stdio: 'inherit' })

// Whoever stops this program means the one that does the work.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 70
})
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
})
