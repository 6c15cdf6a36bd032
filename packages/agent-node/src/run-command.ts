import { type ChildProcess, spawn } from 'node:child_process'
import { constants as osConstants } from 'node:os'
import { atExit } from './at-exit.ts'
import type { Environment } from './environment.ts'
import { systemCode, systemSentence } from './workspace-error.ts'

/** Exit statuses by which a shell says that a program could not be started. */
const NOT_EXECUTABLE = 126
export const NOT_FOUND = 127
/** What a shell adds to the number of the signal that ended a program. */
const SIGNAL_BASE = 128

export interface Start {
  readonly program: string
  readonly argv: readonly string[]
  readonly cwd: string
  readonly environment: Environment
  /** Open files for stdin, stdout and stderr; null for an empty input or an output nobody reads. */
  readonly stdio: readonly [number | null, number | null, number | null]
}

/** The commands of a plan that are running now, each the head of a process group of its own. */
export class Processes {
  readonly #running = new Set<ChildProcess>()

  /** Runs one program to its end and gives its exit status. `complain` reports why it could not be started. */
  async run(start: Start, complain: (message: string) => Promise<void>): Promise<number> {
    const { program, argv, cwd, environment, stdio } = start
    const child = spawn(program, argv.slice(1), {
      argv0: argv[0] ?? program,
      cwd,
      env: environment,
      // A group of its own, so that whatever the program starts can be ended with it.
      detached: true,
      stdio: stdio.map((file) => file ?? 'ignore'),
    })
    this.#running.add(child)
    // A process group of its own also hears nothing of Ctrl-C, so what still runs when this program ends is ended by it.
    const forget = atExit(() => signalGroup(child, 'SIGKILL'))
    try {
      const { status, failure } = await ended(child)
      if (failure !== null) await complain(failure)
      return status
    } finally {
      this.#running.delete(child)
      forget()
      // What a program leaves behind when it ends would go on without limits and without being reported.
      signalGroup(child, 'SIGKILL')
    }
  }

  signal(signal: NodeJS.Signals): void {
    for (const child of this.#running) signalGroup(child, signal)
  }
}

function ended(child: ChildProcess): Promise<{ status: number; failure: string | null }> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      const code = systemCode(error)
      resolve({ status: NOT_EXECUTABLE, failure: code === null ? 'could not be started' : systemSentence(code) })
    })
    child.once('exit', (code, signal) => {
      const number = signal === null ? 0 : (osConstants.signals[signal] ?? 0)
      resolve({ status: code ?? SIGNAL_BASE + number, failure: null })
    })
  })
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group has ended already.
  }
}
