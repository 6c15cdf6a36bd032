import { PGlite } from '@electric-sql/pglite'
import { createMemoryStorage } from '@mission-control/adapter-memory'
import { createPostgresStorage, fromPglite, migrate } from '@mission-control/adapter-postgres'
import { KINDS, type Kind, type Storage } from '@mission-control/core/storage'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestHarness, TEST_START_AT } from '../src/index.ts'
import { commandArbitrary, type World, world } from './commands.ts'

// A sequence takes a second or two, most of it in the rounds of jobs while time passes, so a full round is an option:
// MC_MODEL_SEQUENCES=300 MC_MODEL_COMMANDS=60 npx vitest run packages/testing/test/model-based
const SEQUENCES = Number(process.env.MC_MODEL_SEQUENCES ?? 12)
const COMMANDS = Number(process.env.MC_MODEL_COMMANDS ?? 25)
const SEED = Number(process.env.MC_MODEL_SEED ?? 20260105)
const TIMEOUT_MS = 60_000 + SEQUENCES * COMMANDS * 200

const database = new PGlite()
const client = fromPglite(database)
beforeAll(async () => {
  await migrate(client)
})
afterAll(() => client.close?.())

/** Empties the database, past the triggers that keep everybody else from doing so. */
async function empty(): Promise<void> {
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

type StorageOf = NonNullable<NonNullable<Parameters<typeof createTestHarness>[0]>['storage']>

async function worldOn(startAt: number, make: StorageOf): Promise<World> {
  let storage: Storage | undefined
  const h = await createTestHarness({
    startAt,
    storage: async (clock) => {
      storage = await make(clock)
      return storage
    },
  })
  if (storage === undefined) throw new Error('the harness made no storage')
  return world(h, storage)
}

/** All that a store holds, in an order that does not depend on the store. */
async function contentOf({ storage, h }: World): Promise<Record<string, unknown>> {
  const content: Record<string, unknown> = {}
  const byId = (one: { id: string }, other: { id: string }) => (one.id < other.id ? -1 : 1)
  for (const kind of KINDS) content[kind] = (await all(storage, kind)).sort(byId)
  // A job remembers its place in the log, which is the store's own affair as well.
  content.jobLease = (await all(storage, 'jobLease')).sort(byId).map((lease) => ({ ...lease, cursor: null }))
  const found = await storage.queries.balances({ projectId: h.projectId, limit: 200 })
  const balances = [...found].sort((one, other) => (one.account < other.account ? -1 : 1))
  const events: unknown[] = []
  for (let after: string | null = null; ; ) {
    const page = await storage.readEvents({ after, limit: 200 })
    // Where an event stands in the log is up to the store; that it stands there, and in which order, is not.
    events.push(...page.events.map(({ cursor: _, ...event }) => event))
    if (page.events.length === 0 || page.cursor === null) break
    after = page.cursor
  }
  return { ...content, balances, events }
}

async function all(storage: Storage, kind: Kind): Promise<{ id: string }[]> {
  const rows: { id: string }[] = []
  let page = await storage.queries.page({ kind, limit: 200 })
  for (;;) {
    rows.push(...page.rows)
    if (page.next === null) return rows
    page = await storage.queries.page({ kind, limit: 200, after: page.next })
  }
}

test(
  'the same commands come to the same outcomes and the same records in memory and on PostgreSQL',
  async () => {
    let worlds = 0
    let accepted = 0
    const sequences = fc.array(commandArbitrary(), { minLength: COMMANDS, maxLength: COMMANDS })
    await fc.assert(
      fc.asyncProperty(sequences, async (commands) => {
        await empty()
        const startAt = TEST_START_AT + 2_000_000_000 + ++worlds * 86_400_000
        const memory = await worldOn(startAt, (clock) => createMemoryStorage({ clock }))
        const postgres = await worldOn(startAt, (clock) =>
          createPostgresStorage({ client: { query: client.query }, clock }),
        )
        for (const command of commands) {
          const expected = await memory.run(command)
          expect(await postgres.run(command), JSON.stringify(command)).toEqual(expected)
          if (expected.code === 'ok') accepted++
        }
        expect(await contentOf(postgres)).toEqual(await contentOf(memory))
        await postgres.h.close()
        await memory.h.close()
      }),
      { numRuns: SEQUENCES, seed: SEED, endOnFailure: true },
    )
    expect(accepted).toBeGreaterThan(SEQUENCES)
  },
  TIMEOUT_MS,
)
