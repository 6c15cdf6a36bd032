import type { RecordOf } from '@mission-control/core/storage'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test-support/test-database.ts'
import { createPostgresStorage, fromPool, migrate } from '../src/index.ts'
import { changed, eventDraft, PROJECT, put, stored, taskRecord, writing } from './records.ts'

let database: TestDatabase
let pools: Pool[]
beforeAll(async () => {
  database = await createTestDatabase()
  pools = Array.from({ length: 4 }, () => new Pool({ connectionString: database.url, max: 2 }))
})
afterAll(async () => {
  for (const pool of pools) await pool.end()
  await database.drop()
})

test('a database that was not migrated says so', async () => {
  const storage = createPostgresStorage({ client: { query: fromPool(pools[0] as Pool).query } })
  await expect(storage.load({})).resolves.toMatchObject({ records: [] })
  const asked = storage.load({ records: [{ kind: 'task', id: 'tsk_1' }] })
  await expect(asked).rejects.toMatchObject({ code: 'INTERNAL', hint: expect.stringContaining('migrate') })
})

test('of several processes that migrate at once, one applies and the others find it done', async () => {
  const clients = pools.flatMap((pool) => [fromPool(pool), fromPool(pool)])
  const results = await Promise.all(clients.map((client) => migrate(client)))
  const { rows } = await (pools[0] as Pool).query('select version from mission_control.migrations order by version')
  const versions = rows.map(({ version }) => version as number)
  expect(versions).toEqual(versions.map((_, at) => at + 1))
  for (const { version } of results) expect(version).toBe(versions.at(-1))
  expect(results.some(({ applied }) => applied.length === versions.length)).toBe(true)
})

test('a host goes on while a newer version migrates beside it, and afterwards with columns it does not know', async () => {
  const [pool, other] = pools as [Pool, Pool]
  await migrate(fromPool(pool))
  const storage = createPostgresStorage({ client: { query: fromPool(pool).query } })
  const tasks = [taskRecord(), taskRecord(), taskRecord()] as const
  const touch = (task: RecordOf<'task'>) =>
    storage.commit(writing([put('task', changed(task, { priority: 1 }))], { events: [eventDraft()] }))
  const look = async (task: RecordOf<'task'>) =>
    (await storage.load({ records: [{ kind: 'task', id: task.id }] })).records[0]
  await stored(storage, ...tasks.map((task) => put('task', task)))
  // Everything it sends is prepared on its connections by now.
  await touch(tasks[0])
  await look(tasks[0])
  await storage.readEvents({ after: null, limit: 10 })
  await storage.queries.page({ kind: 'task', projectId: PROJECT, limit: 10 })

  const newer = await other.connect()
  await newer.query('begin')
  await newer.query('alter table mission_control.tasks add column future text')
  await newer.query('alter table mission_control.events add column future text')
  await newer.query(`insert into mission_control.migrations (version, name, checksum) values (9000, 'future', 'x')`)
  const during = [touch(tasks[1]), look(tasks[1])] as const
  await new Promise((resolve) => setTimeout(resolve, 100))
  await newer.query('commit')
  expect(await during[0]).toEqual({ status: 'applied' })
  expect(await during[1]).toMatchObject({ id: tasks[1].id })

  expect(await touch(tasks[2])).toEqual({ status: 'applied' })
  expect(await look(tasks[2])).toEqual({ ...changed(tasks[2], { priority: 1 }), updatedAt: expect.any(Number) })
  const { events } = await storage.readEvents({ after: null, limit: 10 })
  expect(events).toHaveLength(3)
  expect(Object.keys(events[0] ?? {})).not.toContain('future')
  expect((await storage.queries.page({ kind: 'task', projectId: PROJECT, limit: 10 })).rows).toHaveLength(3)
  // Starting anew is another thing: this version does not know what that schema means.
  await expect(migrate(fromPool(pool))).rejects.toMatchObject({ message: expect.stringContaining('newer') })
  await newer.query('delete from mission_control.migrations where version = 9000')
  newer.release()
})
