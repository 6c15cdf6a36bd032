import { createPostgresStorage, fromPool, migrate } from '@mission-control/adapter-postgres'
import {
  createMissionControl,
  type MissionControl,
  type MissionControlClient,
  type Task,
  unwrap,
} from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test-support/test-database.ts'

const CONNECTIONS = 4
const CLAIMERS = 64
const TASKS = 2_000
const TASKS_PER_AGENT_MAX = 50
const COPIES_PER_COMMIT = 400
/** Of the tasks known to be taken, a claimer tries this share all the same. */
const TRIED_AGAIN = 64

let database: TestDatabase
let hosts: MissionControl[] = []
let pools: Pool[] = []
let storages: Storage[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  pools = Array.from({ length: CONNECTIONS }, () => new Pool({ connectionString: database.url, max: 1 }))
  const [first] = pools as [Pool]
  await migrate(fromPool(first))
  storages = pools.map((pool) => createPostgresStorage({ client: fromPool(pool) }))
  hosts = storages.map((storage) => createMissionControl({ storage }))
})
afterAll(async () => {
  for (const host of hosts) await host.close()
  for (const pool of pools) if (!pool.ended) await pool.end()
  await database.drop()
})

/** Copies of a task, written past the commands to save the time of creating each. */
async function seeded(first: Task): Promise<string[]> {
  const copies = Array.from({ length: TASKS - 1 }, (_, n) => ({ ...first, id: `${first.id.slice(0, -4)}${1000 + n}` }))
  for (let start = 0; start < copies.length; start += COPIES_PER_COMMIT) {
    const batch = copies.slice(start, start + COPIES_PER_COMMIT)
    const outcome = await (storages[0] as Storage).commit({
      projectId: first.projectId,
      checks: batch.map(({ id }) => ({ kind: 'task', id, version: null })),
      puts: batch.map((record) => ({ kind: 'task', record })),
      adds: [],
      events: [],
      receipt: null,
    })
    expect(outcome.status).toBe('applied')
  }
  return [first, ...copies].map(({ id }) => id)
}

/** As many calls at once as there are connections to carry them. */
async function each<T>(items: readonly T[], act: (item: T, lane: number) => Promise<void>): Promise<void> {
  const queue = [...items]
  await Promise.all(
    Array.from({ length: 32 }, async (_, lane) => {
      for (let item = queue.pop(); item !== undefined; item = queue.pop()) await act(item, lane)
    }),
  )
}

test('64 claimers on 2,000 tasks over 4 connections: each task is claimed once', async () => {
  const [host] = hosts as [MissionControl]
  const setUp = unwrap(
    await host.bootstrap({ admin: { displayName: 'Ada' }, project: { name: 'Test', slug: 'test', timeZone: 'UTC' } }),
  )
  const projectId = setUp.projectId ?? ''
  const admins = await Promise.all(hosts.map(async (one) => (await one.as(setUp.principalId)).inProject(projectId)))
  const admin = (lane: number) => admins[lane % CONNECTIONS] as MissionControlClient
  const agentIds: string[] = []
  const claimers: MissionControlClient[] = []
  await each(
    Array.from({ length: CLAIMERS }, (_, n) => n),
    async (n, lane) => {
      const registration = { name: `Claimer ${n}`, maxConcurrentTasks: TASKS_PER_AGENT_MAX }
      const made = unwrap(await admin(lane).agents.register(registration))
      agentIds[n] = made.agentId
      claimers[n] = await (hosts[n % CONNECTIONS] as MissionControl).as(made.principalId)
    },
  )
  const taskIds = await seeded(unwrap(await admin(0).tasks.create({ title: 'Task', type: 'DOCS' })))

  // Every claimer wants every task that is not known to be taken; each begins elsewhere, so that they meet everywhere.
  const taken = new Map<string, string[]>()
  const codes = new Map<string, number>()
  await Promise.all(
    claimers.map(async (client, n) => {
      const start = Math.floor((n * TASKS) / CLAIMERS)
      let held = 0
      for (let step = 0; step < TASKS && held < TASKS_PER_AGENT_MAX; step++) {
        const taskId = taskIds[(start + step) % TASKS] as string
        if (taken.has(taskId) && step % TRIED_AGAIN !== 0) continue
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
}, 60_000)
