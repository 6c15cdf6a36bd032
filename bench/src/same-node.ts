import { spawnSync } from 'node:child_process'
import type { Arguments } from './arguments.ts'
import { installPeers } from './peers-install.ts'

/**
 * A queue is a fifth faster under a newer Node, whoever wrote it: where the peers need one of their own, we are
 * measured under the same. Gives the exit code of the run, or null when this Node is the one to measure with.
 */
export function measureUnderNodeOfPeers(
  { rounds, seconds, json }: Arguments,
  progress: (line: string) => void,
): number | null {
  const peers = installPeers(progress)
  if (typeof peers === 'string' || peers.nodeVersion === process.version) return null
  progress(`postgres: everybody runs under Node ${peers.nodeVersion}, which the peers need`)
  const [, program = ''] = process.argv
  const options = ['--rounds', String(rounds), '--seconds', String(seconds), ...(json ? ['--json'] : [])]
  const run = spawnSync(peers.node, [...process.execArgv, program, '--group', 'postgres', ...options], {
    stdio: 'inherit',
  })
  if (run.error !== undefined) throw run.error
  return run.status ?? 1
}
