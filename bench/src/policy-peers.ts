import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { WARM_SECONDS } from './measure.ts'
import type { InstalledPeers } from './peers-install.ts'
import { type BenchCall, KINDS, PATTERNS, ROLES, TOOLS } from './policy-rules.ts'
import type { Sample } from './row.ts'
import { sampleOf } from './statistics.ts'

export type PolicyPeerName = 'casl' | 'casbin'
/** Calls of the shell tool, or all others. */
export type CallKind = 'shell' | 'other'

interface Answer {
  readonly type: 'ready' | 'measured' | 'failed'
  readonly message?: string
  readonly verdicts?: Readonly<Record<PolicyPeerName, readonly boolean[]>>
  readonly operations?: number
  readonly elapsedSeconds?: number
  readonly latenciesMs?: readonly number[]
  readonly cpuMicros?: number
}

/** Engines of others, in a program of their own under the same Node. */
export interface PolicyPeers {
  readonly verdicts: Readonly<Record<PolicyPeerName, readonly boolean[]>>
  measure(engine: PolicyPeerName, kind: CallKind, seconds: number): Promise<Sample>
  close(): Promise<void>
}

export async function openPolicyPeers(peers: InstalledPeers, calls: readonly BenchCall[]): Promise<PolicyPeers> {
  const child = spawn(process.execPath, [peers.policyScript], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const asked = async (question: object, wanted: Answer['type']): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify(question)}\n`)
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the policy engines ended: see their message above')
    const answer: Answer = JSON.parse(value)
    if (answer.type !== wanted) throw new Error(answer.message ?? `the policy engines said ${answer.type}`)
    return answer
  }
  const rules = { type: 'rules', roles: ROLES, tools: TOOLS, kinds: KINDS, patterns: PATTERNS, calls }
  const { verdicts = { casl: [], casbin: [] } } = await asked(rules, 'ready')
  return {
    verdicts,
    measure: async (engine, kind, seconds) => {
      const question = { type: 'measure', engine, kind, seconds, warmSeconds: WARM_SECONDS }
      const { operations = 0, elapsedSeconds = 0, latenciesMs = [], cpuMicros = 0 } = await asked(question, 'measured')
      return sampleOf({ operations, elapsedSeconds, latenciesMs, cpuMicros })
    },
    close: async () => {
      child.stdin.end()
      await exited
    },
  }
}
