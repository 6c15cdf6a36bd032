import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the workspace. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** Thrown by a step that did not pass; the message is all a reader needs. */
export class StepFailed extends Error {}

/** Runs one of the workspace's own tools and gives what it said, or fails with it. */
export async function tool(name: string, args: readonly string[], cwd: string = root): Promise<string> {
  const path = join(root, 'node_modules', '.bin', name)
  return program(path, args, cwd)
}

/** Runs a program to its end and gives what it said, or fails with it. */
export async function program(path: string, args: readonly string[], cwd: string = root): Promise<string> {
  const child = spawn(path, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], shell: process.platform === 'win32' })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve)
  })
  if (code !== 0) throw new StepFailed(`${said.trimEnd()}\n${path} ended with ${code}`)
  return said
}
