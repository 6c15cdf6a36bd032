import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createNodeWorkspace } from '../../src/index.ts'
import { command, plan } from './plans.ts'

// Ends while a command is running, as a program does that is interrupted.
const root = process.argv[2] ?? ''
const workspace = createNodeWorkspace({ root })
void workspace.run(plan(command(root, ['node', 'stubborn.cjs', 'ignore'])))
setInterval(() => {
  if (existsSync(join(root, 'pid'))) process.exit(0)
}, 20)
