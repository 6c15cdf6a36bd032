import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test-support/test-database.ts'
import { createPostgresStorage, fromPool, migrate } from '../src/index.ts'

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
