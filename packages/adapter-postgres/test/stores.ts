import { PGlite } from '@electric-sql/pglite'
import type { Storage } from '@mission-control/core/storage'
import type { StorageHarness } from '@mission-control/testing/conformance'
import { Client, Pool } from 'pg'
import {
  createPostgresStorage,
  type DriverOptions,
  fromClient,
  fromPglite,
  fromPool,
  migrate,
  type SqlClient,
} from '../src/index.ts'

class TestClock {
  #now = 1_767_600_000_000

  now(): number {
    return this.#now
  }

  advance(ms: number): void {
    this.#now += ms
  }
}

/** Behind a PgBouncer that is too old for prepared statements the tests run without them. */
const DRIVER: DriverOptions = { prepare: process.env.MC_TEST_PREPARE !== 'off' }

/** Empties a migrated database, past the triggers that keep everybody else from doing so. */
async function empty(client: SqlClient): Promise<void> {
  await client.query(`do $$
declare
  names text;
begin
  set local session_replication_role = replica;
  select string_agg(format('mission_control.%I', table_name), ', ') into names
  from information_schema.tables where table_schema = 'mission_control' and table_name <> 'migrations';
  execute 'truncate ' || names || ' restart identity';
end
$$`)
}

/** A database for one test file, emptied for each test. */
export interface TestStores {
  /** A storage on the empty database; `close` leaves the database running. */
  harness(): Promise<StorageHarness>
  readonly client: SqlClient
  end(): Promise<void>
}

/** One PGlite for all tests of a file, because starting one takes seconds. */
export async function pgliteStores(): Promise<TestStores> {
  const client = fromPglite(new PGlite())
  await migrate(client)
  return {
    client,
    harness: async () => {
      await empty(client)
      const clock = new TestClock()
      // Closing a storage must not close what the next test needs.
      const open = () => {
        const { close: _, ...kept } = client
        return createPostgresStorage({ client: kept, clock, pollIntervalMs: 50 })
      }
      return harnessOf(open, clock)
    },
    end: async () => client.close?.(),
  }
}

/** A second session whose transaction the test opens and ends, so that a race is held open instead of hoped for. */
export interface HeldTransaction {
  readonly storage: Storage
  readonly client: Client
  commit(): Promise<void>
  rollback(): Promise<void>
}

/** Begins a transaction in a session of its own. What its storage commits takes effect when the test says so. */
export async function heldTransaction(url: string): Promise<HeldTransaction> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('begin')
  const end = async (how: 'commit' | 'rollback') => {
    await client.query(how)
    await client.end()
  }
  return {
    client,
    storage: createPostgresStorage({ client: fromClient(client) }),
    commit: () => end('commit'),
    rollback: () => end('rollback'),
  }
}

/** A migrated database on a real server; each storage has connections of its own. */
export async function serverStores(url: string): Promise<TestStores> {
  const client = fromPool(new Pool({ connectionString: url, max: 4 }), DRIVER)
  await migrate(client)
  return {
    client,
    harness: async () => {
      await empty(client)
      const clock = new TestClock()
      const open = () => {
        const pool = new Pool({ connectionString: url, max: 10 })
        return createPostgresStorage({ client: fromPool(pool, DRIVER), clock, pollIntervalMs: 50 })
      }
      return harnessOf(open, clock)
    },
    end: async () => client.close?.(),
  }
}

function harnessOf(open: () => Storage, clock: TestClock): StorageHarness {
  const opened: Storage[] = []
  const another = () => {
    const storage = open()
    opened.push(storage)
    return storage
  }
  return {
    storage: another(),
    second: async () => another(),
    advance: async (ms) => clock.advance(ms),
    close: async () => {
      for (const storage of opened) await storage.close()
    },
  }
}
