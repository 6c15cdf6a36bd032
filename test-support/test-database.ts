import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { createDatabase, dropDatabase } from './postgres-database.ts'

/** An empty database on the server that all tests of one run share. */
export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

/** Makes a database for one test file, or one test. Only tests of the project `postgres` have a server. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const serverUrl = inject('postgresUrl')
  const name = `mc_test_${randomBytes(6).toString('hex')}`
  const url = await createDatabase(serverUrl, name)
  return { url, drop: () => dropDatabase(serverUrl, name) }
}
