import { createPostgresStorage, fromPool, migrate } from '@mission-control/adapter-postgres'
import { Pool } from 'pg'
import { afterAll } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test-support/test-database.ts'
import { testContract } from './contract.ts'

let database: TestDatabase | null = null
// Registered first, so it runs last: the storage has given its connections back by then.
afterAll(() => database?.drop())

testContract('Postgres', async (clock) => {
  database = await createTestDatabase()
  const client = fromPool(new Pool({ connectionString: database.url, max: 4 }))
  await migrate(client)
  return createPostgresStorage({ client, clock })
})
