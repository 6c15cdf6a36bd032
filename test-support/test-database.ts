import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { createDatabase, dropDatabase } from './postgres-database.ts'

/** An empty database on the server that this test file has for itself while it runs. */
export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** Makes a database for one test file, or one test. Only tests of the project `postgres` have a server. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = ownServer()
  const name = `mc_test_${randomBytes(6).toString('hex')}`
  const url = await createDatabase(serverUrl, name)
  return { url, drop: () => dropDatabase(serverUrl, name) }
}

/** The server of the place that this file runs in; places are counted from 1, and a later file takes over. */
function ownServer(): string {
  const url = inject('postgresUrls')[Number(process.env.VITEST_POOL_ID) - 1]
  if (url === undefined) throw new Error(`There is no server for place ${process.env.VITEST_POOL_ID}.`)
  return url
}
