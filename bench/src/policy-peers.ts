import { openPeerProgram } from './peer-program.ts'
import type { InstalledPeers } from './peers-install.ts'
import { type BenchCall, KINDS, PATTERNS, ROLES, TOOLS } from './policy-rules.ts'
import type { Sample } from './row.ts'

export type PolicyPeerName = 'casl' | 'casbin'
/** Calls of the shell tool, or all others. */
export type CallKind = 'shell' | 'other'

type Verdicts = Readonly<Record<PolicyPeerName, readonly boolean[]>>

/** Engines of others, in a program of their own under the same Node. */
export interface PolicyPeers {
  readonly verdicts: Verdicts
  measure(engine: PolicyPeerName, kind: CallKind, seconds: number): Promise<Sample>
  close(): Promise<void>
}

export async function openPolicyPeers(peers: InstalledPeers, calls: readonly BenchCall[]): Promise<PolicyPeers> {
  const rules = { type: 'rules', roles: ROLES, tools: TOOLS, kinds: KINDS, patterns: PATTERNS, calls }
  const { ready, measure, close } = await openPeerProgram<{ readonly verdicts: Verdicts }>(peers.policyScript, rules)
  return { verdicts: ready.verdicts, measure: (engine, kind, seconds) => measure({ engine, kind }, seconds), close }
}
