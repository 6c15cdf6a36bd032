import { execFile } from 'node:child_process'
import { cp, mkdir, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const GIT_TIMEOUT_MS = 60_000
const NOT_COPIED = new Set(['node_modules', '.mission-control', 'dist', 'coverage', '.git'])

/** What the checkouts are made of. `none`: there is no git on this machine, so tasks that need it are left out. */
export type CheckoutSource = 'clone' | 'archive' | 'none'

async function git(cwd: string, ...args: string[]): Promise<string> {
  // The repository may belong to somebody else (a mounted volume, a container): it is only read.
  const { stdout } = await run('git', ['-c', 'safe.directory=*', ...args], { cwd, timeout: GIT_TIMEOUT_MS })
  return stdout.trim()
}

/** Finds out how checkouts of this repository can be made. */
export async function checkoutSource(repository: string): Promise<CheckoutSource> {
  try {
    await run('git', ['--version'], { timeout: GIT_TIMEOUT_MS })
  } catch {
    return 'none'
  }
  const isOwn = await stat(join(repository, '.git')).catch(() => null)
  if (isOwn === null) return 'archive'
  return git(repository, 'rev-parse', 'HEAD').then(
    () => 'clone',
    () => 'archive',
  )
}

/** Makes a real checkout of the repository in that folder, unless an earlier start has made it. */
export async function makeCheckout(repository: string, folder: string, source: CheckoutSource): Promise<void> {
  const ready = join(folder, '..', `.${basename(folder)}.ready`)
  if ((await stat(ready).catch(() => null)) !== null) return
  // What is there without the mark was cut off in the middle.
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  if (source === 'clone') {
    await git(repository, 'clone', '--quiet', '--no-hardlinks', `file://${repository}`, folder)
  } else {
    await cp(repository, folder, {
      recursive: true,
      filter: (from) => from === repository || !NOT_COPIED.has(basename(from)),
    })
    if (source === 'archive') {
      await git(folder, 'init', '--quiet')
      await git(folder, 'add', '--all')
      const author = ['-c', 'user.name=Mission Control', '-c', 'user.email=squad@localhost']
      await git(folder, ...author, 'commit', '--quiet', '--message', 'Take the archive as it is')
    }
  }
  await mkdir(ready, { recursive: true })
}
