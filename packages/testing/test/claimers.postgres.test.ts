import { createPostgresStorage, fromPool, migrate } from '@mission-control/adapter-postgres'
import { createMissionControl, type MissionControl, type MissionControlClient, unwrap } from '@mission-control/core'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test-support/test-database.ts'

const CONNECTIONS = 4
const CLAIMERS = 64
const TASKS = 2_000
const TASKS_PER_AGENT_MAX = 50

let database: TestDatabase
let hosts: MissionControl[] = []
let pools: Pool[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  pools = Array.from({ length: CONNECTIONS }, () => new Pool({ connectionString: database.url, max: 1 }))
  const [first] = pools as [Pool]
  await migrate(fromPool(first))
  hosts = pools.map((pool) => createMissionControl({ storage: createPostgresStorage({ client: fromPool(pool) }) }))
})
afterAll(async () => {
  for (const host of hosts) await host.close()
  for (const pool of pools) if (!pool.ended) await pool.end()
  await database.drop()
})

/** As many calls at once as there are connections to carry them. */
async function each<T>(items: readonly T[], act: (item: T, lane: number) => Promise<void>): Promise<void> {
  const queue = [...items]
  await Promise.all(
    Array.from({ length: 32 }, async (_, lane) => {
      for (let item = queue.pop(); item !== undefined; item = queue.pop()) await act(item, lane)
    }),
  )
}

test(
  '64 claimers on 2,000 tasks over 4 connections: each task is claimed once',
  async () => {
    const [host] = hosts as [MissionControl]
    const setUp = unwrap(
      await host.bootstrap({ admin: { displayName: 'Ada' }, project: { name: 'Test', slug: 'test', timeZone: 'UTC' } }),
    )
    const projectId = setUp.projectId ?? ''
    const admins = await Promise.all(
      hosts.map(async (one) => (await one.as(setUp.principalId)).inProject(projectId)),
    )
    const admin = (lane: number) => admins[lane % CONNECTIONS] as MissionControlClient
    const agentIds: string[] = []
    const claimers: MissionControlClient[] = []
    await each(Array.from({ length: CLAIMERS }, (_, n) => n), async (n, lane) => {
      const registration = { name: `Claimer ${n}`, maxConcurrentTasks: TASKS_PER_AGENT_MAX }
      const made = unwrap(await admin(lane).agents.register(registration))
      agentIds[n] = made.agentId
      claimers[n] = await (hosts[n % CONNECTIONS] as MissionControl).as(made.principalId)
    })
    const taskIds: string[] = []
    await each(Array.from({ length: TASKS }, (_, n) => n), async (n, lane) => {
      taskIds[n] = unwrap(await admin(lane).tasks.create({ title: `Task ${n}`, type: 'DOCS' })).id
    })

    // Every claimer wants every task that is not known to be taken; each begins elsewhere, so that they meet everywhere.
    const taken = new Map<string, string[]>()
    const codes = new Map<string, number>()
    await Promise.all(
      claimers.map(async (client, n) => {
        const start = Math.floor((n * TASKS) / CLAIMERS)
        let held = 0
        for (let step = 0; step < TASKS && held < TASKS_PER_AGENT_MAX; step++) {
          const taskId = taskIds[(start + step) % TASKS] as string
          if (taken.has(taskId) && step % 16 !== 0) continue
          const outcome = await client.tasks.claim({ taskId })
          const code = outcome.ok ? 'ok' : outcome.error.code
          codes.set(code, (codes.get(code) ?? 0) + 1)
          if (!outcome.ok) continue
          held++
          taken.set(taskId, [...(taken.get(taskId) ?? []), agentIds[n] as string])
          expect(outcome.data.epoch).toBe(1)
        }
      }),
    )
    expect([...taken.values()].filter((holders) => holders.length !== 1)).toEqual([])
    expect(taken.size).toBe(TASKS)
    expect(codes.get('ok')).toBe(TASKS)
    expect(codes.get('CLAIM_LOST') ?? 0).toBeGreaterThan(0)
    expect([...codes.keys()].sort()).toEqual(['CLAIM_LOST', 'ok'])

    const [pool] = pools as [Pool]
    const count = async (from: string) =>
      Number((await pool.query(`select count(*)::int as n from mission_control.${from}`)).rows[0].n)
    expect(await count(`tasks where status = 'ASSIGNED' and epoch = 1 and version = 2`)).toBe(TASKS)
    expect(await count('transitions')).toBe(TASKS)
    expect(await count(`events where kind = 'CLAIM_GRANTED'`)).toBe(TASKS)
    const { rows } = await pool.query(`select id, claim ->> 'agentId' as holder from mission_control.tasks`)
    expect(rows.filter(({ id, holder }) => taken.get(id)?.[0] !== holder)).toEqual([])
  },
  60_000,
)
