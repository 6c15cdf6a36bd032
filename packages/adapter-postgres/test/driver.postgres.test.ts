import { createServer } from 'node:net'
import type { Storage } from '@mission-control/core/storage'
import { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test-support/test-database.ts'
import { createPostgresStorage, fromPool } from '../src/index.ts'
import { changed, commitOf, eventDraft, livenessRecord, put, stored, taskRecord, writing } from './records.ts'
import { heldTransaction, serverStores, type TestStores } from './stores.ts'

let database: TestDatabase
let stores: TestStores
beforeAll(async () => {
  database = await createTestDatabase()
  stores = await serverStores(database.url)
})
afterAll(async () => {
  await stores.end()
  await database.drop()
})

/** A storage on one connection, which the test can look into. */
function onPool(options: { prepare?: boolean; settings?: string } = {}): { storage: Storage; pool: Pool } {
  const pool = new Pool({
    connectionString: database.url,
    max: 1,
    ...(options.settings ? { options: options.settings } : {}),
  })
  return { pool, storage: createPostgresStorage({ client: fromPool(pool, options) }) }
}

test('a heartbeat alone does not wait for the disk; with an event, with a task or in another transaction it does', async () => {
  const { storage } = onPool()
  const [liveness, task] = [livenessRecord(), taskRecord()]
  await stored(storage, put('liveness', liveness), put('task', task))
  // Told at the commit, which is when it counts.
  await stores.client.query('create table at_commit (waits text)')
  await stores.client.query(`create function note_commit() returns trigger language plpgsql as $$
    begin insert into at_commit values (current_setting('synchronous_commit')); return null; end $$`)
  await stores.client.query(`create constraint trigger note_commit after update on mission_control.liveness
    deferrable initially deferred for each row execute function note_commit()`)

  let beat = liveness
  const next = (silentAt: number) => {
    beat = changed(beat, { silentAt })
    return put('liveness', beat)
  }
  const applied = { status: 'applied' }
  expect(await storage.commit(writing([next(1)]))).toEqual(applied)
  expect(await storage.commit(writing([next(2)], { events: [eventDraft()] }))).toEqual(applied)
  expect(await storage.commit(writing([next(3), put('task', changed(task, {}))]))).toEqual(applied)
  const held = await heldTransaction(database.url)
  expect(await held.storage.commit(writing([next(4)]))).toEqual(applied)
  await held.commit()
  const { rows } = await stores.client.query('select waits from at_commit')
  expect(rows.map(({ waits }) => waits)).toEqual(['off', 'on', 'on', 'on'])
  await stores.client.query('drop function note_commit cascade')
  await storage.close()
})

describe('in a transaction of the application', () => {
  test('a commit takes effect with it, together with rows of the application', async () => {
    const { storage, close } = await stores.harness()
    await stores.client.query('create table mine (n int)')
    for (const end of ['rollback', 'commit'] as const) {
      const held = await heldTransaction(database.url)
      await held.client.query('insert into mine values (1)')
      const task = taskRecord()
      expect(await held.storage.commit(writing([put('task', task)]))).toEqual({ status: 'applied' })
      expect((await held.storage.load({ records: [{ kind: 'task', id: task.id }] })).records).toEqual([task])
      await held[end]()
      const seen = await storage.load({ records: [{ kind: 'task', id: task.id }] })
      expect(seen.records).toEqual([end === 'commit' ? task : null])
    }
    expect((await stores.client.query('select count(*)::int4 as count from mine')).rows).toEqual([{ count: 1 }])
    await close()
  })

  test('a conflict that ends it is told as stale', async () => {
    const { storage, close } = await stores.harness()
    const task = taskRecord()
    await stored(storage, put('task', task))
    const held = await heldTransaction(database.url)
    const again = writing([put('task', task)], { events: [eventDraft()] })
    expect(await held.storage.commit(again)).toEqual({ status: 'stale', because: [{ kind: 'task', id: task.id }] })
    await held.rollback()
    await close()
  })

  test('closing its storage leaves the connection to the application', async () => {
    const held = await heldTransaction(database.url)
    await held.storage.close()
    expect((await held.client.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await held.rollback()
  })
})

describe('prepared statements', () => {
  const statements = 'select count(*)::int4 as count from pg_prepared_statements'
  const task = taskRecord('tsk_prepared')
  beforeEach(async () => (await stores.harness()).close())

  test('one text serves commits of one shape', async () => {
    const { storage, pool } = onPool()
    await stored(storage, put('task', task))
    for (let version = 1; version < 4; version++) {
      await storage.commit(writing([put('task', { ...task, version: version + 1 })], { events: [eventDraft()] }))
    }
    expect((await pool.query(statements)).rows).toEqual([{ count: 2 }])
    await storage.close()
  })

  test('can be switched off', async () => {
    const { storage, pool } = onPool({ prepare: false })
    await stored(storage, put('task', task))
    await storage.load({ records: [{ kind: 'task', id: task.id }] })
    await storage.readEvents({ after: null, limit: 1 })
    expect((await pool.query(statements)).rows).toEqual([{ count: 0 }])
    await storage.close()
  })
})

describe('faults', () => {
  const commit = () => commitOf({ events: [eventDraft()] })

  test('a server that is not there', async () => {
    const free = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => free.once('listening', resolve))
    const { port } = free.address() as { port: number }
    await new Promise((resolve) => free.close(resolve))
    const pool = new Pool({ host: '127.0.0.1', port, user: 'x', password: 'x', database: 'x' })
    const storage = createPostgresStorage({ client: fromPool(pool) })
    for (const call of [() => storage.load({}), () => storage.commit(commit()), () => storage.queries.now()]) {
      await expect(call()).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true, cause: expect.anything() })
    }
    await storage.close()
  })

  test('a connection that breaks in the middle, and the next one works', async () => {
    const { storage } = onPool()
    const held = await heldTransaction(database.url)
    const task = taskRecord()
    await stored(storage, put('task', task))
    await held.storage.commit(writing([put('task', changed(task, {}))]))
    const commit = storage.commit(writing([put('task', changed(task, {}))]))
    const broken = expect(commit).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    const waiting = `select pg_terminate_backend(pid) from pg_locks where not granted`
    for (let look = 0; look < 100; look++) {
      if ((await stores.client.query(waiting)).rows.length > 0) break
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await broken
    await held.rollback()
    expect(await storage.commit(writing([put('task', changed(task, {}))]))).toEqual({ status: 'applied' })
    await storage.close()
  })

  test('a connection that breaks while idle does not end the program', async () => {
    const { storage, pool } = onPool()
    const { rows } = await pool.query('select pg_backend_pid() as pid')
    await stores.client.query('select pg_terminate_backend($1)', [rows[0]?.pid])
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect((await storage.load({})).records).toEqual([])
    await storage.close()
  })

  test('a statement that takes too long', async () => {
    const { storage } = onPool({ settings: '-c statement_timeout=100' })
    const held = await heldTransaction(database.url)
    const task = taskRecord()
    await stored(storage, put('task', task))
    await held.storage.commit(writing([put('task', changed(task, {}))]))
    const late = storage.commit(writing([put('task', changed(task, {}))]))
    await expect(late).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await held.rollback()
    await storage.close()
  })

  test('a value beyond the exact numbers is refused on the way out', async () => {
    const { storage, close } = await stores.harness()
    const task = taskRecord()
    await stored(storage, put('task', task))
    await stores.client.query(`update mission_control.tasks set due_at = 9007199254740993, version = version + 1`)
    await expect(storage.load({ records: [{ kind: 'task', id: task.id }] })).rejects.toMatchObject({ code: 'INTERNAL' })
    await close()
  })
})

test('expired receipts are cleared away as new ones come', async () => {
  const { storage, advance, close } = await stores.harness()
  const now = await storage.queries.now()
  const use = (key: string, expiresAt: number) =>
    storage.commit(
      commitOf({
        receipt: {
          key: { projectId: '', principalId: 'prn_1', command: 'c', key },
          receipt: { requestHash: 'h', response: null, expiresAt },
        },
      }),
    )
  await Promise.all(Array.from({ length: 400 }, (_, n) => use(`old ${n}`, now + 1_000)))
  await advance(1_000)
  await Promise.all(Array.from({ length: 100 }, (_, n) => use(`new ${n}`, now + 5_000)))
  const { rows } = await stores.client.query('select count(*)::int4 as count from mission_control.receipts')
  expect(rows).toEqual([{ count: 100 }])
  await close()
})
