// Three hosts, one Postgres. A host is killed while agents work over it; they go on over the others, and afterwards every
// task was handed in once and the store is as it must be.
import assert from 'node:assert/strict'
import { createPostgresStorage, fromPool, migrate } from '@mission-control/adapter-postgres'
import { createMissionControl, type MissionControl, unwrap } from '@mission-control/core'
import { Pool } from 'pg'
import { startPostgres } from '../../../test-support/postgres-server.ts'
import { Agent } from './agent.ts'
import { startHost } from './hosts.ts'

const AGENTS = 6
const TASKS = 18
/** So many tasks are handed in when a host is killed. */
const KILLED_AFTER = 5

const server = await startPostgres()
try {
  const databaseUrl = await server.database('three_hosts')
  const client = fromPool(new Pool({ connectionString: databaseUrl, max: 4 }))
  await migrate(client)
  const mc = createMissionControl({ storage: createPostgresStorage({ client }) })
  const set = await setUp(mc)
  const hosts = await Promise.all([1, 2, 3].map(() => startHost(databaseUrl)))
  console.log(`Three hosts serve: ${hosts.map(({ url }) => url).join(', ')}`)
  try {
    const urls = hosts.map(({ url }) => url)
    const handedIn: string[] = []
    let killing: Promise<void> | undefined
    const count = (taskId: string) => {
      handedIn.push(taskId)
      if (handedIn.length !== KILLED_AFTER) return
      console.log(`${handedIn.length} of ${TASKS} tasks are handed in; the first host is killed.`)
      killing = hosts[0]?.kill()
    }
    const work = async (key: string, n: number) => {
      const agent = new Agent(`agent-${n}`, key, set.projectId, urls, n)
      while (await agent.step(count));
    }
    await Promise.all(set.keys.map(work))
    await killing
    assert.ok(killing !== undefined, 'a host was killed')
    await check(mc, handedIn)
  } finally {
    await Promise.all(hosts.map((host) => host.kill()))
    await mc.close()
  }
} finally {
  await server.stop()
}

async function setUp(mission: MissionControl) {
  const project = { name: 'Three hosts', slug: 'three-hosts' }
  const made = unwrap(await mission.bootstrap({ admin: { displayName: 'Ada' }, project }))
  const projectId = made.projectId ?? ''
  const admin = (await mission.as(made.principalId)).inProject(projectId)
  const keys: string[] = []
  for (let n = 0; n < AGENTS; n++) {
    const { key } = unwrap(await admin.agents.register({ name: `agent-${n}`, maxConcurrentTasks: TASKS }))
    keys.push(key ?? '')
  }
  for (let n = 1; n <= TASKS; n++) unwrap(await admin.tasks.create({ title: `Chapter ${n}`, type: 'DOCS' }))
  return { projectId, keys }
}

async function check(mission: MissionControl, handedIn: readonly string[]): Promise<void> {
  assert.equal(handedIn.length, TASKS, 'every task was handed in')
  assert.equal(new Set(handedIn).size, TASKS, 'no task was handed in twice')
  await mission.record.seal()
  const { violations, counts } = await mission.keeping.verify()
  assert.deepEqual(violations, [], 'the store is as it must be')
  console.log(`All ${TASKS} tasks are handed in, each once. ${counts.event} events, violations=${violations.length}`)
}
