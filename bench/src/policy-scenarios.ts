import { ownCpuMicros } from './cpu.ts'
import { WARM_SECONDS } from './measure.ts'
import { installPeers } from './peers-install.ts'
import { type CallKind, openPolicyPeers, type PolicyPeerName } from './policy-peers.ts'
import {
  type BenchCall,
  benchCalls,
  benchPolicy,
  isAllowedByHand,
  ourDecider,
  type PreparedCall,
  prepared,
  variedShellCalls,
} from './policy-rules.ts'
import type { Group, Sample, Scenario } from './row.ts'
import { sampleOf } from './statistics.ts'

type Decide = (call: PreparedCall) => boolean

const MANY_RULES = 5000

/** Our engine and those of others on one rule set; each must give the same verdicts before it is measured. */
export async function openPolicyScenarios(progress: (line: string) => void): Promise<Group> {
  const calls = benchCalls()
  const [few, many] = [deciderOf(0), deciderOf(MANY_RULES)]
  prove('mission control', calls, calls.map(prepared).map(few))
  prove(`mission control with ${MANY_RULES} rules`, calls, calls.map(prepared).map(many))
  const peers = installPeers(progress)
  if (typeof peers === 'string') {
    const names = ['@casl/ability', 'casbin'].map((name) => ({ name: `policy: ${name}`, skipped: peers }))
    return { scenarios: ours(calls, few, many, null), unavailable: names, close: async () => undefined }
  }
  const theirs = await openPolicyPeers(peers, calls)
  for (const engine of ['casl', 'casbin'] as const) prove(engine, calls, theirs.verdicts[engine])
  const names: Names = {
    casl: `@casl/ability ${peers.caslVersion}`,
    casbin: `casbin ${peers.casbinVersion} enforceSync`,
  }
  const peerRow = (engine: PolicyPeerName, kind: CallKind): Scenario => ({
    name: rowName(names[engine], kind),
    run: (seconds) => theirs.measure(engine, kind, seconds),
  })
  return {
    scenarios: [
      peerRow('casl', 'other'),
      peerRow('casbin', 'other'),
      peerRow('casbin', 'shell'),
      ...ours(calls, few, many, names),
    ],
    unavailable: [],
    close: () => theirs.close(),
  }
}

type Names = Readonly<Record<PolicyPeerName, string>>

function rowName(engine: string, kind: CallKind): string {
  return `policy, ${kind === 'shell' ? 'shell calls' : 'other calls'}: ${engine}`
}

function deciderOf(extraRules: number): Decide {
  const decide = ourDecider(benchPolicy(extraRules))
  return (call) => decide(call).decision === 'ALLOW'
}

/** An engine that decides otherwise is not measured: it would be doing something else. */
function prove(engine: string, calls: readonly BenchCall[], verdicts: readonly boolean[]): void {
  const wrong = calls.find((call, at) => verdicts[at] !== isAllowedByHand(call))
  if (wrong !== undefined) throw new Error(`${engine} decides otherwise on ${JSON.stringify(wrong)}`)
}

function ours(calls: readonly BenchCall[], few: Decide, many: Decide, peers: Names | null): Scenario[] {
  const shell = calls.filter(({ tool }) => tool === 'shell').map(prepared)
  const other = calls.filter(({ tool }) => tool !== 'shell').map(prepared)
  const row = (kind: CallKind, engine: string, decide: Decide, against: string | null, ratioMin: number): Scenario => ({
    name: rowName(engine, kind),
    run: async (seconds) => measureEach(seconds, kind === 'shell' ? shell : other, decide),
    ...(against === null ? {} : { against, ratioMin }),
  })
  const varied = variedShellCalls().map(prepared)
  const mine = 'mission control'
  const versus = (peer: PolicyPeerName, kind: CallKind) => (peers === null ? null : rowName(peers[peer], kind))
  return [
    row('other', mine, few, versus('casl', 'other'), 1),
    row('other', `${mine}, again`, few, versus('casbin', 'other'), 150),
    row('shell', `${mine} with its parser`, few, versus('casbin', 'shell'), 15),
    {
      name: rowName(`${mine} with its parser, no command twice`, 'shell'),
      run: async (seconds) => measureEach(seconds, varied, few),
      against: rowName(`${mine} with its parser`, 'shell'),
    },
    row('other', `${mine}, ${MANY_RULES} rules`, many, rowName(mine, 'other'), 0.5),
    row(
      'shell',
      `${mine} with its parser, ${MANY_RULES} rules`,
      many,
      rowName(`${mine} with its parser`, 'shell'),
      0.5,
    ),
  ]
}

/** Times every decision by itself, which costs little beside it and shows the slowest. */
function measureEach(seconds: number, calls: readonly PreparedCall[], decide: Decide): Sample {
  const round = (until: number, latenciesMs: number[] | null): number => {
    let operations = 0
    while (performance.now() < until) {
      for (const call of calls) {
        const from = latenciesMs === null || operations % 16 !== 0 ? 0 : performance.now()
        decide(call)
        if (from !== 0) latenciesMs?.push(performance.now() - from)
        operations += 1
      }
    }
    return operations
  }
  round(performance.now() + WARM_SECONDS * 1000, null)
  const latenciesMs: number[] = []
  const cpuBefore = ownCpuMicros()
  const from = performance.now()
  const operations = round(from + seconds * 1000, latenciesMs)
  const elapsedSeconds = (performance.now() - from) / 1000
  return sampleOf({ elapsedSeconds, operations, latenciesMs, cpuMicros: ownCpuMicros() - cpuBefore })
}
