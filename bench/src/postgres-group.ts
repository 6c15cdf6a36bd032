import { createPostgresStorage, fromPool, migrate } from '@mission-control/adapter-postgres'
import { secureIds, unwrap } from '@mission-control/core'
import { accountId } from '@mission-control/core/storage'
import { Client, Pool } from 'pg'
import { startPostgres } from '../../test-support/postgres-server.ts'
import { type Cpu, ownCpuMicros, serverCpu, sumOf } from './cpu.ts'
import { fleetScenarios } from './fleet-scenarios.ts'
import { measure } from './measure.ts'
import { installPeers } from './peers-install.ts'
import { openPgBoss } from './pg-boss-peer.ts'
import { findPgbench, openPgbench } from './pgbench.ts'
import type { Group, Scenario, Unavailable } from './row.ts'
import {
  AMPLE_MICROS,
  CLAIMS_PER_AGENT_MAX,
  DELIVERABLE,
  indexed,
  openScene,
  openSquad,
  type Scene,
  seedTasks,
  TASK,
  TaskQueue,
  WORK_PLAN,
} from './scene.ts'

/** As many for us as for the peers. */
const CONNECTIONS = 16
const CALLERS = 32
/** More than any store here does in a second; what is laid out must outlast the window. */
const CLAIMS_PER_SECOND_MAX = 2_500
const LONE_CLAIMS_PER_SECOND_MAX = 1_000
const JOBS_PER_SECOND_MAX = 12_000

const PG_BOSS = 'pg-boss 12 fetch + complete, 32 callers'
const PGBENCH = 'pgbench one-statement claim, 1 caller'
const HOT_ROW = 'pgbench update of one hot row, 32 callers'

interface Bench {
  readonly scene: Scene
  /** Of this program and the server together. */
  readonly cpu: Cpu
  readonly server: Cpu
}

/** A closer is added as soon as there is something to close, so that a failure half-way leaves nothing running. */
type Closers = (() => Promise<void> | void)[]

/** Everything through the public API on a real server that writes through to the disk. */
export async function openPostgresGroup(progress: (line: string) => void): Promise<Group> {
  const closers: Closers = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    const server = await startPostgres({ durable: true })
    closers.push(() => server.stop())
    const serverMicros = serverCpu(await dataDirectory(server.url))
    const url = await server.database('bench_ours')
    const client = fromPool(new Pool({ connectionString: url, max: CONNECTIONS }))
    await migrate(client)
    const scene = await openScene(createPostgresStorage({ client }))
    closers.push(() => scene.mc.close())
    const bench = { scene, cpu: sumOf(ownCpuMicros, serverMicros), server: serverMicros }
    progress('registering the agents')
    const ours = [
      ...(await ourScenarios(bench)),
      ...(await fleetScenarios({ ...bench, client, url, leastClaim: PGBENCH, closers })),
    ]
    const peers = [
      await pgBossScenario(await server.database('bench_pg_boss'), serverMicros, { closers, progress }),
      ...(await pgbenchScenarios(await server.database('bench_pgbench'), serverMicros, {
        closers,
        binDir: server.binDir,
      })),
    ]
    return {
      // Each peer right after what it is set against: the closer in time, the more alike the machine.
      scenarios: inTurn(
        ours,
        peers.filter((peer) => 'run' in peer),
      ),
      unavailable: peers.filter((peer) => 'skipped' in peer),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function inTurn(ours: readonly Scenario[], peers: readonly Scenario[]): Scenario[] {
  return ours.flatMap((scenario) => [scenario, ...peers.filter((peer) => peer.name === scenario.against)])
}

async function ourScenarios(bench: Bench): Promise<Scenario[]> {
  return [
    await loneClaim(bench),
    await claimAndComplete(bench, 1),
    await claimAndComplete(bench, 8),
    { ...(await claimAndComplete(bench, CALLERS)), against: PG_BOSS, ratioMin: 1.5, serverShareMax: 0.6 },
    { ...(await claimAndComplete(bench, 256)), against: PG_BOSS, ratioMin: 6 },
    await create(bench),
    await heartbeat(bench),
    { ...(await hold(bench)), against: HOT_ROW, ratioMin: 4 },
    { ...(await reserve(bench)), against: HOT_ROW, ratioMin: 1 },
    await append(bench),
  ]
}

/** One caller, but many agents: each may hold 50 tasks and then claims no more, so every window gets fresh ones. */
async function loneClaim({ scene, cpu }: Bench): Promise<Scenario> {
  let round = 0
  let squad = await openSquad(scene, 'lone-claim', 0)
  let taskIds: string[] = []
  let turn = 0
  return {
    name: 'lone claim, 1 caller',
    prepare: async (seconds) => {
      const count = countFor(seconds, LONE_CLAIMS_PER_SECOND_MAX)
      squad = await openSquad(scene, `lone-claim-${++round}`, Math.ceil(count / CLAIMS_PER_AGENT_MAX))
      taskIds = await seedTasks(scene.storage, squad.template, count)
      turn = 0
    },
    run: (seconds) =>
      measure({
        seconds,
        cpu,
        operation: async () => {
          const taskId = taskIds.pop()
          if (taskId === undefined) throw new Error('the tasks ran out: lay out more')
          unwrap(await indexed(squad.agents, turn++).tasks.claim({ taskId }))
        },
      }),
    against: PGBENCH,
  }
}

/** Each caller is an agent of its own. The claim brings the work plan, the completion the deliverable. */
async function claimAndComplete({ scene, cpu, server }: Bench, callers: number): Promise<Scenario> {
  const { agents, template } = await openSquad(scene, `claim-complete-${callers}`, callers)
  const queue = new TaskQueue(scene.storage, template)
  const operation = async (caller: number) => {
    const taskId = queue.next()
    const agent = indexed(agents, caller)
    const { epoch } = unwrap(await agent.tasks.claim({ taskId, workPlan: WORK_PLAN }))
    unwrap(await agent.tasks.complete({ taskId, epoch, deliverable: DELIVERABLE }))
  }
  return {
    name: `claim + complete, ${callers} ${callers === 1 ? 'caller' : 'callers'}`,
    prepare: (seconds) => queue.refill(countFor(seconds, CLAIMS_PER_SECOND_MAX)),
    run: (seconds) => measure({ seconds, callers, cpu, server, operation }),
  }
}

async function create({ scene, cpu }: Bench): Promise<Scenario> {
  const { admin } = await openSquad(scene, 'create', 0)
  const operation = async () => void unwrap(await admin.tasks.create(TASK))
  return { name: 'create, 32 callers', run: (seconds) => measure({ seconds, callers: CALLERS, cpu, operation }) }
}

/** Callers share out the agents: a beat that repeats within its minute writes less than the first one. */
async function heartbeat({ scene, cpu }: Bench): Promise<Scenario> {
  const { agents } = await openSquad(scene, 'heartbeat', CALLERS * 4)
  const turns = new Array<number>(CALLERS).fill(0)
  const operation = async (caller: number) => {
    const turn = turns[caller] ?? 0
    turns[caller] = turn + 1
    const agent = indexed(agents, caller + CALLERS * (turn % 4))
    unwrap(await agent.agents.heartbeat({ sessionKey: 'bench', health: 'IDLE', currentTaskId: null }))
  }
  return {
    name: 'heartbeat, 32 callers, 128 agents',
    run: (seconds) => measure({ seconds, callers: CALLERS, cpu, operation }),
  }
}

const MODEL = 'bench-model'
const PRICES = {
  models: [{ provider: 'acme', model: MODEL, inputMicrosPerMillion: 1_000_000, outputMicrosPerMillion: 2_000_000 }],
  fallback: null,
}

/** At the port: money on one account, with an event. */
async function hold({ scene, cpu }: Bench): Promise<Scenario> {
  const { projectId } = await openSquad(scene, 'hold', 0)
  const ids = secureIds()
  const account = accountId({
    ...{ projectId, scopeType: 'PROJECT', scopeId: projectId, metric: 'USD', window: 'DAY' },
    windowKey: '2026-01-01',
  })
  const event = {
    ...{ projectId, kind: 'BUDGET_RESERVED' as const, subject: `project/${projectId}`, time: Date.now() },
    actor: { kind: 'HUMAN', id: scene.principalId, role: 'ADMIN', name: 'Ada', agentId: null },
    ...{ taskId: null, agentId: null, runId: null, summary: 'held', reason: null, data: {}, policyVersion: null },
    ...{ costMicros: 1, traceparent: null },
  } as const
  const operation = async () => {
    const { status } = await scene.storage.commit({
      projectId,
      checks: [],
      puts: [],
      adds: [{ account, reserved: 1, settled: 0, limit: AMPLE_MICROS }],
      events: [{ ...event, id: `evt_${ids.ulid()}` }],
      receipt: null,
    })
    if (status !== 'applied') throw new Error('nothing was held')
  }
  return {
    name: 'hold on one hot account with its event, at the port, 32 callers',
    run: (seconds) => measure({ seconds, callers: CALLERS, cpu, operation }),
  }
}

/** Two moves each time: a start holds money on the one account of the project's day, and the end gives it back. */
async function reserve({ scene, cpu }: Bench): Promise<Scenario> {
  const { agents, admin, projectId } = await openSquad(scene, 'reserve', CALLERS)
  const draft = unwrap(
    await admin.policies.draft({ name: 'prices', scopeType: 'PROJECT', content: { prices: PRICES } }),
  )
  unwrap(await admin.policies.activate({ policyId: draft.id }))
  unwrap(await admin.budgets.set({ scopeType: 'PROJECT', scopeId: projectId, capMicros: AMPLE_MICROS }))
  const operation = async (caller: number) => {
    const agent = indexed(agents, caller)
    const start = { sessionKey: 'bench', provider: 'acme', model: MODEL, estimatedCostMicros: 1_000 }
    const { run } = unwrap(await agent.runs.start(start))
    unwrap(await agent.runs.complete({ runId: run.id }))
  }
  return {
    name: 'budget reserve + release on one hot account, 32 callers',
    run: (seconds) => measure({ seconds, callers: CALLERS, cpu, operation }),
  }
}

/** A message is one record and one event of the log. */
async function append({ scene, cpu }: Bench): Promise<Scenario> {
  const { agents, admin } = await openSquad(scene, 'append', CALLERS)
  const taskIds = await Promise.all(agents.map(async () => unwrap(await admin.tasks.create(TASK)).id))
  const operation = async (caller: number) =>
    void unwrap(
      await indexed(agents, caller).messages.post({ taskId: indexed(taskIds, caller), content: 'half way there' }),
    )
  return { name: 'event append, 32 callers', run: (seconds) => measure({ seconds, callers: CALLERS, cpu, operation }) }
}

async function pgBossScenario(
  url: string,
  cpu: Cpu,
  { closers, progress }: { closers: Closers; progress: (line: string) => void },
): Promise<Scenario | Unavailable> {
  const peers = installPeers(progress)
  if (typeof peers === 'string') return { name: PG_BOSS, skipped: peers }
  const boss = await openPgBoss(peers, url, CONNECTIONS)
  closers.push(() => boss.close())
  return {
    name: PG_BOSS,
    prepare: (seconds) => boss.seed(countFor(seconds, JOBS_PER_SECOND_MAX)),
    run: (seconds) => boss.fetchAndComplete({ callers: CALLERS, seconds, cpu }),
  }
}

async function pgbenchScenarios(
  url: string,
  cpu: Cpu,
  { closers, binDir }: { closers: Closers; binDir: string | null },
): Promise<(Scenario | Unavailable)[]> {
  const program = findPgbench(binDir)
  if (program === null) return [PGBENCH, HOT_ROW].map((name) => ({ name, skipped: 'pgbench is not installed here' }))
  const peer = await openPgbench(program, url)
  closers.push(() => peer.close())
  return [
    {
      name: PGBENCH,
      prepare: (seconds) => peer.prepare(countFor(seconds, JOBS_PER_SECOND_MAX)),
      run: (seconds) => peer.claim(seconds, cpu),
    },
    { name: HOT_ROW, run: (seconds) => peer.holdOnOneRow(seconds, CALLERS, cpu) },
  ]
}

function countFor(seconds: number, perSecond: number): number {
  return Math.ceil((seconds + 1) * perSecond)
}

/** Where the server keeps its records; the number of its first program is there too. */
async function dataDirectory(url: string): Promise<string> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ data_directory: string }>('show data_directory')
    return rows[0]?.data_directory ?? ''
  } finally {
    await client.end()
  }
}
