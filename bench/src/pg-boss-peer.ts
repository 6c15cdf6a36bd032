import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { type Cpu, sumOf } from './cpu.ts'
import { WARM_SECONDS } from './measure.ts'
import type { InstalledPeers } from './peers-install.ts'
import type { Sample } from './row.ts'
import { sampleOf } from './statistics.ts'

interface Answer {
  readonly type: 'ready' | 'seeded' | 'started' | 'measured' | 'idle' | 'failed'
  readonly message?: string
  readonly elapsedSeconds?: number
  readonly latenciesMs?: readonly number[]
  readonly cpuMicros?: number
}

/** pg-boss in a program of its own, which does as it is told. */
export interface PgBossPeer {
  seed(jobs: number): Promise<void>
  fetchAndComplete(window: { readonly callers: number; readonly seconds: number; readonly cpu: Cpu }): Promise<Sample>
  close(): Promise<void>
}

export async function openPgBoss(peers: InstalledPeers, url: string, connections: number): Promise<PgBossPeer> {
  const child = spawn(peers.node, [peers.pgBossScript, url, String(connections)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const tell = (command: object) => void child.stdin.write(`${JSON.stringify(command)}\n`)
  const answer = async (type: Answer['type']): Promise<Answer> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('pg-boss ended: see its message above')
    const said: Answer = JSON.parse(value)
    if (said.type !== type) throw new Error(said.message ?? `pg-boss said ${said.type} instead of ${type}`)
    return said
  }
  await answer('ready')
  return {
    seed: async (jobs) => {
      tell({ type: 'seed', jobs })
      await answer('seeded')
    },
    fetchAndComplete: async ({ callers, seconds, cpu }) => {
      tell({ type: 'measure', callers, seconds, warmSeconds: WARM_SECONDS })
      await answer('started')
      const before = cpu()
      const { elapsedSeconds = 0, latenciesMs = [], cpuMicros = 0 } = await answer('measured')
      const serverAfter = cpu()
      const after = sumOf(
        () => serverAfter,
        () => cpuMicros,
      )()
      await answer('idle')
      return sampleOf({
        elapsedSeconds,
        operations: latenciesMs.length,
        latenciesMs,
        cpuMicros: before === null || after === null ? null : after - before,
        serverMicros: before === null || serverAfter === null ? null : serverAfter - before,
      })
    },
    close: async () => {
      child.stdin.end()
      await exited
    },
  }
}
