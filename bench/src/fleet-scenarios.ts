import { createPostgresStorage, type SqlClient } from '@mission-control/adapter-postgres'
import { createMissionControl, type MissionControlClient, unwrap } from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import { Client } from 'pg'
import type { Cpu } from './cpu.ts'
import { measure } from './measure.ts'
import type { Scenario } from './row.ts'
import { CLAIMS_PER_AGENT_MAX, indexed, openSquad, type Scene, type Squad, seedTasks, TASK } from './scene.ts'

const CALLERS = 32
const CLAIMS_PER_SECOND_MAX = 600
/** A claim is at most 1.8 times as slow as the least that a durable claim can be. */
const LONE_RATIO_MIN = 0.56
const TIMELINE_EVENTS = 10_000
const EVENTS_PER_COMMIT = 500

export interface FleetBench {
  readonly scene: Scene
  readonly client: SqlClient
  readonly url: string
  readonly cpu: Cpu
  /** The scenario of a least possible claim, where there is one. */
  readonly leastClaim: string
  /** Called at the end. */
  readonly closers: (() => Promise<void> | void)[]
}

/** What matters once there are several hosts, and much that waits. */
export async function fleetScenarios(bench: FleetBench): Promise<Scenario[]> {
  const short = await claimNext(bench, 1_000)
  return [
    { ...(await claimNext(bench, 0)), against: bench.leastClaim, ratioMin: LONE_RATIO_MIN },
    short,
    { ...(await claimNext(bench, 50_000)), against: short.name, ratioMin: 0.8 },
    await appended(bench, 'live feed off', bench.scene),
    {
      ...(await appended(bench, 'live feed on', await withLiveFeed(bench))),
      against: 'append of one event, live feed off',
      ratioMin: 0.9,
    },
    ...(await heartbeats(bench)),
    await timeline(bench),
  ]
}

/** One caller that takes what is next, while that many more wait behind it. */
async function claimNext({ scene, cpu }: FleetBench, waiting: number): Promise<Scenario> {
  const name = `claim next, 1 caller, ${waiting === 0 ? 'what it takes' : waiting} waiting`
  let round = 0
  let squad: Squad | null = null
  let turn = 0
  return {
    name,
    prepare: async (seconds) => {
      const claims = Math.ceil((seconds + 1) * CLAIMS_PER_SECOND_MAX)
      squad = await openSquad(scene, `next-${waiting}-${++round}`, Math.ceil(claims / CLAIMS_PER_AGENT_MAX))
      await seedTasks(scene.storage, squad.template, waiting + claims)
      turn = 0
    },
    run: (seconds) =>
      measure({
        seconds,
        cpu,
        operation: async () => {
          const agent = indexed(squad?.agents ?? [], turn++)
          if (unwrap(await agent.tasks.claimNext({})).task === null) throw new Error('the tasks ran out: lay out more')
        },
      }),
  }
}

async function sceneOn({ scene }: FleetBench, storage: Storage): Promise<Scene> {
  const mc = createMissionControl({ storage })
  return { ...scene, mc, storage, admin: await mc.as(scene.principalId) }
}

/** A second host that tells of every commit, and a third one that hears it and reads. */
async function withLiveFeed(bench: FleetBench): Promise<Scene> {
  const { client, url, closers } = bench
  const open = () =>
    createPostgresStorage({
      client: { query: client.query, commitsEach: true },
      liveFeed: () => new Client({ connectionString: url }),
    })
  const [writer, reader] = [await sceneOn(bench, open()), await sceneOn(bench, open())]
  const stop = new AbortController()
  const watching = (async () => {
    for await (const _ of reader.mc.system.watch({ after: 'now', signal: stop.signal }));
  })()
  closers.push(async () => {
    stop.abort()
    await watching
    await writer.mc.close()
    await reader.mc.close()
  })
  return writer
}

async function appended({ cpu }: FleetBench, how: string, scene: Scene): Promise<Scenario> {
  const { agents, admin } = await openSquad(scene, `append-${how.replaceAll(' ', '-')}`, CALLERS)
  const taskIds = await Promise.all(agents.map(async () => unwrap(await admin.tasks.create(TASK)).id))
  const operation = async (caller: number) =>
    void unwrap(await indexed(agents, caller).messages.post({ taskId: indexed(taskIds, caller), content: 'half way' }))
  return {
    name: `append of one event, ${how}`,
    run: (seconds) => measure({ seconds, callers: CALLERS, cpu, operation }),
  }
}

/** The same agents, through one host whose callers share statements, and through one host for each. */
async function heartbeats(bench: FleetBench): Promise<Scenario[]> {
  const { scene, client, cpu } = bench
  const { agents, principalIds, projectId } = await openSquad(scene, 'heartbeats', CALLERS)
  const alone: MissionControlClient[] = []
  for (const id of principalIds) {
    const storage = createPostgresStorage({ client: { query: client.query, commitsEach: true } })
    alone.push((await createMissionControl({ storage }).as(id)).inProject(projectId))
  }
  const beat = (callers: readonly MissionControlClient[]) => async (caller: number) => {
    const health = Math.random() < 0.5 ? 'IDLE' : 'BUSY'
    unwrap(await indexed(callers, caller).agents.heartbeat({ sessionKey: 'bench', health, currentTaskId: null }))
  }
  const name = 'heartbeat, 32 hosts with 1 caller each'
  return [
    { name, run: (seconds) => measure({ seconds, callers: CALLERS, cpu, operation: beat(alone) }) },
    {
      name: 'heartbeat, 1 host with 32 callers',
      run: (seconds) => measure({ seconds, callers: CALLERS, cpu, operation: beat(agents) }),
      against: name,
      ratioMin: 4,
    },
  ]
}

/** Pages of a task that much has happened to. */
async function timeline({ scene, client, cpu }: FleetBench): Promise<Scenario> {
  const { admin, template } = await openSquad(scene, 'timeline', 0)
  const [event] = unwrap(await admin.events.list({ taskId: template.id, limit: 1 })).data
  if (event === undefined) throw new Error('a task begins with an event')
  const { cursor: _, seal: __, ...draft } = event as never as Record<string, unknown>
  for (let from = 0; from < TIMELINE_EVENTS; from += EVENTS_PER_COMMIT) {
    const events = Array.from({ length: EVENTS_PER_COMMIT }, (_, n) => ({ ...draft, id: `evt_bench_${from + n}` }))
    const commit = { projectId: template.projectId, checks: [], puts: [], adds: [], events, receipt: null }
    await scene.storage.commit(commit as never)
  }
  // As the server does by itself within a minute: without figures it thinks that there are few, and sorts all of them.
  await client.query('analyze mission_control.events')
  let cursor: string | undefined
  const operation = async () => {
    const paging = { limit: 50, ...(cursor === undefined ? {} : { cursor }) }
    const { data, nextCursor } = unwrap(await admin.events.list({ taskId: template.id, newestFirst: true, ...paging }))
    cursor = data.length < 50 ? undefined : (nextCursor ?? undefined)
  }
  return {
    name: 'timeline of 10,000 events, a page of 50',
    run: (seconds) => measure({ seconds, cpu, operation }),
    p99MsMax: 100,
  }
}
