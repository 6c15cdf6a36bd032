// Two hosts that share nothing but the database hand out one queue.
import { createPostgresStorage, fromPool, migrate } from '@mission-control/adapter-postgres'
import { createMissionControl, type MissionControl, type MissionControlClient, unwrap } from '@mission-control/core'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test-support/test-database.ts'

const TASKS = 200
const AGENTS = 8
const HELD_MAX = 50

let database: TestDatabase
let hosts: MissionControl[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  const pools = [0, 1].map(() => new Pool({ connectionString: database.url, max: 4 }))
  await migrate({ query: fromPool(pools[0] as Pool).query })
  hosts = pools.map((pool) => createMissionControl({ storage: createPostgresStorage({ client: fromPool(pool) }) }))
})
afterAll(async () => {
  for (const host of hosts) await host.close()
  await database.drop()
})

test('R-16: agents of two hosts that take the next task until there is none get each task once, all of them', async () => {
  const [first] = hosts as [MissionControl]
  const project = { name: 'Test', slug: 'test', timeZone: 'UTC' }
  const { principalId, projectId } = unwrap(await first.bootstrap({ admin: { displayName: 'Ada' }, project }))
  const admin = (await first.as(principalId)).inProject(projectId ?? '')
  const agents: MissionControlClient[] = []
  for (let n = 0; n < AGENTS; n++) {
    const made = unwrap(await admin.agents.register({ name: `Agent ${n}`, maxConcurrentTasks: HELD_MAX }))
    agents.push(await (hosts[n % hosts.length] as MissionControl).as(made.principalId))
  }
  await Promise.all(
    Array.from({ length: TASKS }, async (_, n) =>
      unwrap(await admin.tasks.create({ title: `Task ${n}`, type: 'DOCS' })),
    ),
  )
  const taken: string[] = []
  await Promise.all(
    agents.map(async (agent) => {
      for (let held = 0; held < HELD_MAX; held++) {
        const { task } = unwrap(await agent.tasks.claimNext({}))
        if (task === null) return
        taken.push(task.id)
      }
    }),
  )
  expect(new Set(taken).size).toBe(taken.length)
  expect(taken).toHaveLength(TASKS)
})
