// Two hosts on one server: what one commits reaches who watches on the other, in the order of the log, whatever
// happens to the connection that carries the hints.
import { createMissionControl, type MissionControl } from '@mission-control/core'
import type { Storage, StoredEvent } from '@mission-control/core/storage'
import { Client, Pool } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test-support/test-database.ts'
import { createPostgresStorage, fromPool, migrate } from '../src/index.ts'
import { LiveFeed } from '../src/live-feed.ts'
import { commitOf, eventDraft } from './records.ts'
import { heldTransaction } from './stores.ts'

/** So slow that nothing in these tests can come from polling, save where that is what is tested. */
const NEVER_MS = 60_000

let database: TestDatabase
let admin: Pool
const opened: { close(): Promise<void> }[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new Pool({ connectionString: database.url, max: 2 })
  await migrate({ query: fromPool(admin).query })
})
afterAll(async () => {
  await admin.end()
  await database.drop()
})
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

function listener(): Client {
  return new Client({ connectionString: database.url, application_name: 'live feed of a test' })
}

function host(pollIntervalMs = NEVER_MS): Storage {
  const client = fromPool(new Pool({ connectionString: database.url, max: 4 }))
  const storage = createPostgresStorage({ client, pollIntervalMs, liveFeed: listener })
  opened.push(storage)
  return storage
}

async function listening(): Promise<number[]> {
  const { rows } = await admin.query(
    `select pid from pg_stat_activity where application_name = 'live feed of a test'
     and datname = current_database() and state = 'idle' and (query like 'listen%' or query like '%pg_notify%')`,
  )
  return rows.map(({ pid }) => Number(pid))
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** Counts the hints a storage gives. */
function hintsOf(storage: Storage): { count: number } {
  const hints = { count: 0 }
  storage.onCommit(() => {
    hints.count++
  })
  return hints
}

describe('hints', () => {
  test('what one host commits is told to the other at once, though none of them polls', async () => {
    const [writer, reader] = [host(), host()]
    const hints = hintsOf(reader)
    await until('both listen', async () => {
      writer.onCommit(() => undefined)()
      return (await listening()).length === 2
    })
    hints.count = 0
    await writer.commit(commitOf({ events: [eventDraft()] }))
    await until('the reader is told', () => hints.count > 0)
  })

  test('many commits are told together, and not within their transactions', async () => {
    const [writer, reader] = [host(), host()]
    const hints = hintsOf(reader)
    writer.onCommit(() => undefined)
    await until('both listen', async () => (await listening()).length === 2)
    hints.count = 0
    for (let round = 0; round < 20; round++) {
      await Promise.all(Array.from({ length: 20 }, () => writer.commit(commitOf({ events: [eventDraft()] }))))
    }
    await until('the reader is told', () => hints.count > 0)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(hints.count).toBeLessThan(200)
  })

  test('a feed whose connection the server ends comes back, and tells at once that there may be news', async () => {
    const [writer, reader] = [host(), host()]
    const hints = hintsOf(reader)
    writer.onCommit(() => undefined)
    await until('both listen', async () => (await listening()).length === 2)
    for (const pid of await listening()) await admin.query('select pg_terminate_backend($1)', [pid])
    hints.count = 0
    await until('both listen again', async () => (await listening()).length === 2)
    await until('the reader looks again', () => hints.count > 0)
    hints.count = 0
    await writer.commit(commitOf({ events: [eventDraft()] }))
    await until('the reader is told', () => hints.count > 0)
  })

  test('commits do not wait for a feed that cannot connect, and others find them by polling', async () => {
    const client = fromPool(new Pool({ connectionString: database.url, max: 4 }))
    const nowhere = () => new Client({ connectionString: 'postgres://nobody@127.0.0.1:1/none' })
    const writer = createPostgresStorage({ client, liveFeed: nowhere })
    opened.push(writer)
    const hints = hintsOf(host(20))
    await until('the first look is over', () => hints.count > 0)
    hints.count = 0
    expect(await writer.commit(commitOf({ events: [eventDraft()] }))).toEqual({ status: 'applied' })
    await until('the reader finds it', () => hints.count > 0)
  })

  test('a closed feed does not connect again', async () => {
    let opens = 0
    const feed = new LiveFeed(
      () => {
        opens++
        return listener()
      },
      () => undefined,
    )
    feed.start()
    await until('it listens', async () => (await listening()).length === 1)
    await feed.close()
    feed.send()
    await until('nobody listens', async () => (await listening()).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(opens).toBe(1)
  })
})

describe('two hosts', () => {
  /** Watches through the public API, in a host of its own. */
  function watcher(control: MissionControl, after: string | undefined) {
    const stop = new AbortController()
    const seen: StoredEvent[] = []
    const watching = (async () => {
      for await (const event of control.system.watch({
        ...(after === undefined ? {} : { after }),
        signal: stop.signal,
      }))
        seen.push(event)
    })()
    const end = async () => {
      stop.abort()
      await watching
    }
    return { seen, end }
  }

  async function logged(): Promise<string[]> {
    const { rows } = await admin.query('select id from mission_control.events order by xid, seq')
    return rows.map(({ id }) => String(id))
  }

  test('R-89: watchers of both see every event once, in one order, while connections are cut and transactions cross', async () => {
    const storages = [host(), host()]
    const controls = storages.map((storage) => createMissionControl({ storage }))
    const after = (await storages[0]?.queries.timeline({ newestFirst: true, limit: 1 }))?.events[0]?.cursor
    const before = (await logged()).length
    const watchers = controls.map((control) => watcher(control, after))
    await until('both listen', async () => (await listening()).length === 2)
    let commits = 0
    const append = async (storage: Storage) => {
      await storage.commit(commitOf({ events: [eventDraft(), eventDraft()] }))
      commits++
    }
    for (let round = 0; round < 6; round++) {
      const held = await heldTransaction(database.url)
      await append(held.storage)
      await Promise.all(storages.flatMap((storage) => Array.from({ length: 8 }, () => append(storage))))
      if (round % 2 === 1)
        for (const pid of await listening()) await admin.query('select pg_terminate_backend($1)', [pid])
      await (round === 4 ? held.rollback() : held.commit())
      if (round === 4) commits--
    }
    const all = (await logged()).slice(before)
    expect(all).toHaveLength(commits * 2)
    for (const { seen } of watchers) {
      await until('everything is seen', () => seen.length >= all.length)
      expect(seen.map(({ id }) => id)).toEqual(all)
    }
    for (const { end } of watchers) await end()
  })

  test('what stands behind an open transaction is given soon after it ends, though nobody tells that it did', async () => {
    const [writer, reader] = [host(), host()]
    const control = createMissionControl({ storage: reader })
    const after = (await reader.queries.timeline({ newestFirst: true, limit: 1 })).events[0]?.cursor
    const { seen, end } = watcher(control, after)
    const open = await heldTransaction(database.url)
    await open.client.query('select pg_current_xact_id()')
    await writer.commit(commitOf({ events: [eventDraft()] }))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(seen).toEqual([])
    const { feedMs, sealMs } = await control.record.lag()
    expect(feedMs).toBeGreaterThan(0)
    expect(sealMs).toBeGreaterThan(0)
    await open.rollback()
    await until('it is given', () => seen.length === 1)
    await control.record.seal()
    expect(await control.record.lag()).toEqual({ feedMs: 0, sealMs: 0 })
    await end()
    expect((await control.record.lag()).feedMs).toBeNull()
  })
})
