import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const HOST = fileURLToPath(new URL('host.ts', import.meta.url))

/** A host in a process of its own. */
export interface RunningHost {
  readonly url: string
  /** Ends it as a crash would. */
  kill(): Promise<void>
}

/** Starts a host and waits until it serves. */
export async function startHost(databaseUrl: string): Promise<RunningHost> {
  const execArgv = ['--conditions=@mission-control/source', '--import', 'tsx']
  const child = fork(HOST, [databaseUrl], { execArgv })
  const [url] = await Promise.race([once(child, 'message'), ended(child)])
  return {
    url: String(url),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
  }
}

async function ended(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`a host ended with ${code} before it served`)
}
