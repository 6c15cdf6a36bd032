import { createPostgresStorage, fromPool, migrate } from '@mission-control/adapter-postgres'
import { createMissionControl, type MissionControl, unwrap } from '@mission-control/core'
import { openTcpProxy } from '@mission-control/testing'
import { Pool } from 'pg'
import { startPostgres } from '../../../test-support/postgres-server.ts'
import { Random } from '../sim/random.ts'
import { Fleet } from './fleet.ts'
import { Follower } from './follower.ts'
import { judge } from './judge.ts'
import { Ledger } from './ledger.ts'
import { type ChaosOptions, readOptions, USAGE } from './options.ts'
import { type Member, MODEL, Squad } from './squad.ts'
import { trouble } from './trouble.ts'

const PROBLEMS_SHOWN = 30
/** Every eighth agent has so little for a day that it comes to its cap. */
const POOR_EVERY = 8

async function main(options: ChaosOptions): Promise<number> {
  const startedAt = performance.now()
  // A server of its own: one that others use is not to be killed.
  delete process.env.TEST_DATABASE_URL
  const server = await startPostgres()
  try {
    const url = new URL(await server.database('chaos'))
    const direct = () => createPostgresStorage({ client: fromPool(new Pool({ connectionString: url.href, max: 4 })) })
    const set = await setUp(url.href, options.agents)
    const proxy = await openTcpProxy(server.port)
    const faulty = new URL(url)
    faulty.port = String(proxy.port)
    const random = new Random(options.seed)
    const fleet = new Fleet(faulty.href, set.projectId, random)
    const ledger = new Ledger()
    for (const id of set.taskIds) ledger.created.add(id)
    const squad = new Squad(fleet, ledger, random)
    const follower = new Follower(faulty.href)
    await fleet.open(options.hosts)
    follower.begin()
    squad.begin(set.agents, set.people)
    await trouble({ ...options, fleet, server, proxy, random })
    await squad.end()
    await fleet.close()
    await follower.end()
    await proxy.close()
    const storage = direct()
    const problems = await judge(storage, ledger, follower.seen)
    problems.push(...fleet.internal.map((fault) => `an internal fault: ${fault}`))
    await storage.close()
    for (const problem of problems.slice(0, PROBLEMS_SHOWN)) console.log(problem)
    console.log(report(options, ledger, fleet, follower, problems.length, performance.now() - startedAt))
    return problems.length === 0 ? 0 : 1
  } finally {
    await server.stop()
  }
}

interface SetUp {
  readonly projectId: string
  readonly agents: readonly Member[]
  readonly people: readonly string[]
  /** Enough to begin with. */
  readonly taskIds: readonly string[]
}

async function setUp(url: string, count: number): Promise<SetUp> {
  const client = fromPool(new Pool({ connectionString: url, max: 8 }))
  await migrate(client)
  const mc = createMissionControl({ storage: createPostgresStorage({ client }) })
  const admin = { displayName: 'Ada' }
  const made = unwrap(await mc.bootstrap({ admin, project: { name: 'Chaos', slug: 'chaos' } }))
  const projectId = made.projectId ?? ''
  const set = { projectId, ...(await squadOf(mc, made.principalId, projectId, count)) }
  await mc.close()
  return set
}

async function squadOf(mc: MissionControl, adminId: string, projectId: string, count: number) {
  const admin = (await mc.as(adminId)).inProject(projectId)
  const price = { provider: 'acme', model: MODEL, inputMicrosPerMillion: 1_000_000, outputMicrosPerMillion: 2_000_000 }
  const content = { prices: { models: [price], fallback: null } }
  const { id: policyId } = unwrap(await admin.policies.draft({ name: 'money', content }))
  unwrap(await admin.policies.activate({ policyId }))
  unwrap(await admin.budgets.set({ scopeType: 'PROJECT', scopeId: projectId, capMicros: 1_000_000_000 }))
  const agents: Member[] = []
  for (let n = 0; n < count; n++) {
    const budgetDailyMicros = n % POOR_EVERY === 0 ? 250_000 : 100_000_000
    const name = `Agent ${n}`
    const made = unwrap(
      await admin.agents.register({ name, budgetDailyMicros, budgetPerRunMicros: 200_000, maxConcurrentTasks: 50 }),
    )
    agents.push({ agentId: made.agentId, principalId: made.principalId })
  }
  const people: string[] = []
  for (const displayName of ['Ann', 'Bob', 'Cleo']) {
    const made = unwrap(await admin.principals.create({ displayName, role: 'OPERATOR', projectIds: [projectId] }))
    people.push(made.principal.id)
  }
  const taskIds: string[] = []
  for (let n = 0; n < count; n++) {
    const task = { title: `First ${n}`, type: 'DOCS', budgetAllocatedMicros: 2_000_000 } as const
    taskIds.push(unwrap(await admin.tasks.create(task)).id)
  }
  return { agents, people, taskIds }
}

function report(
  options: ChaosOptions,
  ledger: Ledger,
  fleet: Fleet,
  follower: Follower,
  violations: number,
  ms: number,
): string {
  const counts = {
    hostKills: options.hostKills,
    serverKills: options.serverKills,
    terminations: options.terminations,
    proxyFaults: options.proxyFaults,
    acknowledged: ledger.acknowledged,
    tasks: ledger.created.size,
    claims: ledger.claims.length,
    decided: ledger.decided.length,
    unknown: ledger.unknown,
    faults: [...fleet.faults.values()].reduce((sum, count) => sum + count, 0),
    events: follower.seen.length,
    seconds: Math.round(ms / 1000),
    violations,
  }
  return Object.entries(counts)
    .map(([name, count]) => `${name}=${count}`)
    .join(' ')
}

const options = readOptions(process.argv.slice(2))
if (typeof options === 'string') {
  console.error(`${options}\n\n${USAGE}`)
  process.exitCode = 2
} else process.exitCode = await main(options)
