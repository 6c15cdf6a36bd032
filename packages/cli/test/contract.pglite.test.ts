import { PGlite } from '@electric-sql/pglite'
import { createPostgresStorage, fromPglite, migrate } from '@mission-control/adapter-postgres'
import { testContract } from './contract.ts'

testContract('PGlite', async (clock) => {
  const client = fromPglite(new PGlite())
  await migrate(client)
  return createPostgresStorage({ client, clock })
})
