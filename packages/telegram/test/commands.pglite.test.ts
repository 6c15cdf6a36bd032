import { PGlite } from '@electric-sql/pglite'
import { createPostgresStorage, fromPglite, migrate } from '@mission-control/adapter-postgres'
import { testCommands } from './command-cases.ts'

testCommands('Postgres', async (clock) => {
  const client = fromPglite(new PGlite())
  await migrate(client)
  return createPostgresStorage({ client, clock })
})
