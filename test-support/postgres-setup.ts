import type { TestProject } from 'vitest/node'
import { startPostgres } from './postgres-server.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Addresses of the real servers of this test run: one for each test file that runs at the same time. */
    postgresUrls: readonly string[]
  }
}

/** Runs once before the tests that need a real Postgres; what it returns runs after them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const count = project.config.maxWorkers
  const servers = await Promise.all(Array.from({ length: count }, () => startPostgres()))
  project.provide(
    'postgresUrls',
    servers.map(({ url }) => url),
  )
  return async () => {
    await Promise.all(servers.map((server) => server.stop()))
  }
}
