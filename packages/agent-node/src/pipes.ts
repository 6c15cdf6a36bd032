import { execFile } from 'node:child_process'
import { closeSync, constants, openSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { atExit } from './at-exit.ts'
import { type Environment, findProgram } from './environment.ts'
import { WorkspaceError } from './workspace-error.ts'

const runFile = promisify(execFile)
const { O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } = constants

/** Both ends of a pipe of the operating system, as numbers that a child can be given. */
export interface Pipe {
  readonly read: number
  readonly write: number
}

/**
 * Real pipes between the commands of a plan.
 *
 * Node can hand a child its own end of a pipe, but not connect two children or let several share one end, which
 * `(a; b) | c` and `2>&1` need. Named pipes in a private folder, unlinked as soon as both ends are open, are the same
 * thing; the kernel then does order, back pressure and SIGPIPE as under a shell.
 */
export class Pipes {
  readonly #folder: string
  readonly #unused: string[]
  readonly #forget: () => void
  #texts = 0

  private constructor(folder: string, names: string[]) {
    this.#folder = folder
    this.#unused = names
    this.#forget = atExit(() => rmSync(folder, { recursive: true, force: true }))
  }

  static async create(count: number, where: { environment: Environment; path: readonly string[]; root: string }) {
    const mkfifo = await findProgram('mkfifo', where.path, where.root)
    if (mkfifo === null) throw new WorkspaceError('OPTIONS_INVALID', 'this machine has no mkfifo')
    const folder = await mkdtemp(join(tmpdir(), 'mission-control-run-'))
    const names = Array.from({ length: count }, (_, at) => join(folder, String(at)))
    try {
      await runFile(mkfifo, ['-m', '600', ...names], { env: where.environment, cwd: folder })
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
    return new Pipes(folder, names)
  }

  /** Opens the next pipe. The caller closes both ends. */
  open(): Pipe {
    const name = this.#unused.pop()
    if (name === undefined)
      throw new WorkspaceError('PLAN_INVALID', 'the plan has more pipes than it was counted to have')
    // Opened for both first, neither of the two ends then waits for the other one.
    const both = openSync(name, O_RDWR | O_NONBLOCK)
    const read = openSync(name, O_RDONLY)
    const write = openSync(name, O_WRONLY)
    closeSync(both)
    unlinkSync(name)
    return { read, write }
  }

  /** A text as something to read from. The caller closes it. */
  openText(text: string): number {
    this.#texts += 1
    const name = join(this.#folder, `text-${this.#texts}`)
    writeFileSync(name, text, { mode: 0o600, flag: 'wx' })
    const opened = openSync(name, O_RDONLY)
    unlinkSync(name)
    return opened
  }

  async close(): Promise<void> {
    this.#forget()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
