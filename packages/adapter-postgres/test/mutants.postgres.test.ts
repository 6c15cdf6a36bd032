// The statement of a commit and its guard, each time with one condition taken out: a race that is held open between
// two sessions, or a batch, must notice. What nobody would notice is not needed, or not tested.
import type { Commit, CommitOutcome, Storage } from '@mission-control/core/storage'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test-support/test-database.ts'
import { createPostgresStorage, fromPool, migrate, type SqlClient } from '../src/index.ts'
import {
  accountOf,
  agentRecord,
  changed,
  claimOf,
  commitOf,
  eventDraft,
  newId,
  put,
  stored,
  taskRecord,
  writing,
} from './records.ts'
import { heldTransaction } from './stores.ts'

let database: TestDatabase
let client: SqlClient
let guard = ''

beforeAll(async () => {
  database = await createTestDatabase()
  client = fromPool(new Pool({ connectionString: database.url, max: 6 }), { prepare: false })
  await migrate(client)
  const { rows } = await client.query(`select pg_get_functiondef('mission_control.guard'::regproc) as text`)
  guard = String(rows[0]?.text)
})
afterAll(async () => {
  await client.close?.()
  await database.drop()
})

type Mutation = readonly [from: string, to: string]

/** A host whose statements are changed on their way. */
function host([from, to]: Mutation): { readonly storage: Storage; readonly changes: () => number } {
  let changes = 0
  const query: SqlClient['query'] = (text, values) => {
    if (from !== '' && text.includes(from)) changes++
    return client.query(from === '' ? text : text.replaceAll(from, to), values)
  }
  return { storage: createPostgresStorage({ client: { query } }), changes: () => changes }
}

/** Until the commit waits for a lock, or is over. */
async function waits(commit: Promise<CommitOutcome>): Promise<void> {
  let isOver = false
  void commit.then(
    () => {
      isOver = true
    },
    () => {
      isOver = true
    },
  )
  for (let look = 0; look < 200 && !isOver; look++) {
    const { rows } = await client.query(
      `select from pg_locks where not granted and pid in
       (select pid from pg_stat_activity where datname = current_database())`,
    )
    if (rows.length > 0) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** What the first session did, committed while the second one's commit is under way. */
async function raced(storage: Storage, first: Commit, second: Commit): Promise<string> {
  const held = await heldTransaction(database.url)
  await held.storage.commit(first)
  const commit = storage.commit(second)
  await waits(commit)
  await held.commit()
  return (await commit).status
}

/** Each says whether the store kept its promise. */
const CASES = {
  'a claim while its agent is being paused': async (storage: Storage) => {
    const [agent, task] = [agentRecord(), taskRecord()]
    await stored(storage, put('agent', agent), put('task', task))
    const checks = [{ kind: 'agent' as const, id: agent.id, version: 1 }]
    const pause = writing([put('agent', changed(agent, { status: 'PAUSED' }))])
    return (await raced(storage, pause, claimOf(task, agent.id, checks))) === 'stale'
  },
  'an event that relies on a setting which is being changed': async (storage: Storage) => {
    const agent = agentRecord()
    await stored(storage, put('agent', agent))
    const checks = [{ kind: 'agent' as const, id: agent.id, version: 1 }]
    const pause = writing([put('agent', changed(agent, { status: 'PAUSED' }))])
    return (await raced(storage, pause, commitOf({ checks, events: [eventDraft()] }))) === 'stale'
  },
  'two that write one row': async (storage: Storage) => {
    const task = taskRecord()
    await stored(storage, put('task', task))
    const write = () => writing([put('task', changed(task, {}))], { events: [eventDraft()] })
    return (await raced(storage, write(), write())) === 'stale'
  },
  'a row that is relied upon and not written': async (storage: Storage) => {
    const task = taskRecord()
    await stored(storage, put('task', task))
    const write = writing([put('task', changed(task, {}))])
    const rely = commitOf({ checks: [{ kind: 'task', id: task.id, version: 1 }], events: [eventDraft()] })
    return (await raced(storage, write, rely)) === 'stale'
  },
  'the absence of a row that is being added': async (storage: Storage) => {
    const task = taskRecord()
    const rely = commitOf({ checks: [{ kind: 'task', id: task.id, version: null }], events: [eventDraft()] })
    return (await raced(storage, writing([put('task', task)]), rely)) === 'stale'
  },
  'room that is being taken': async (storage: Storage) => {
    const account = accountOf(newId('acc'))
    const add = (reserved: number) => commitOf({ adds: [{ account, reserved, settled: 0, limit: 5 }] })
    expect(await storage.commit(add(1))).toEqual({ status: 'applied' })
    return (await raced(storage, add(3), add(3))) === 'stale'
  },
  'room for one of two that go together': async (storage: Storage) => {
    const account = accountOf(newId('acc'))
    const add = (reserved: number) => commitOf({ adds: [{ account, reserved, settled: 0, limit: 5 }] })
    expect(await storage.commit(add(1))).toEqual({ status: 'applied' })
    // The first ones keep every statement busy; those behind them share one.
    const others = Array.from({ length: 8 }, () => storage.commit(add(0)))
    const outcomes = await Promise.all([storage.commit(add(3)), storage.commit(add(3)), ...others])
    return outcomes.slice(0, 2).filter(({ status }) => status === 'applied').length === 1
  },
  'a commit under repeatable read': async () => {
    const held = await heldTransaction(database.url)
    await held.client.query('set transaction isolation level repeatable read')
    try {
      await held.storage.commit(commitOf({ events: [eventDraft()] }))
      return false
    } catch {
      return true
    } finally {
      await held.rollback()
    }
  },
} as const
type CaseName = keyof typeof CASES

const NONE: Mutation = ['', '']

test.each(Object.keys(CASES) as CaseName[])('the store as it is keeps its promise: %s', async (name) => {
  expect(await CASES[name](host(NONE).storage)).toBe(true)
})

/** Broken promises, or an answer that is no answer: both are noticed. */
async function isNoticed(name: CaseName, storage: Storage): Promise<boolean> {
  try {
    return !(await CASES[name](storage))
  } catch {
    return true
  }
}

const STATEMENTS: readonly (readonly [string, Mutation, CaseName])[] = [
  ['the version of the one row', [' and t.version = r.version - 1', ''], 'two that write one row'],
  [
    'the gate of a commit of one row',
    ['\n    and (select stale is null from gate)\n  returning', '\n  returning'],
    'a claim while its agent is being paused',
  ],
  [
    'the gate of a commit without rows',
    ['where gate.stale is null', 'where true'],
    'an event that relies on a setting which is being changed',
  ],
  [
    'the versions of rows relied upon',
    ['where l.version is distinct from c.version', 'where false'],
    'a row that is relied upon and not written',
  ],
  ['the locks of rows', ['order by id for no key update', 'order by id'], 'a row that is relied upon and not written'],
  ['what is bad', ['and m.n not in (select n from bad)', ''], 'a row that is relied upon and not written'],
  ['what those before it took', ['+ c.raised > c.room', '> c.room'], 'room for one of two that go together'],
  ['the room of an account', ['coalesce(l.total, 0) + c.raised > c.room', 'false'], 'room that is being taken'],
]

test.each(STATEMENTS)('a statement without %s is noticed', async (_, mutation, name) => {
  const { storage, changes } = host(mutation)
  expect(await isNoticed(name, storage)).toBe(true)
  expect(changes()).toBeGreaterThan(0)
})

const GUARDS: readonly (readonly [string, Mutation, CaseName])[] = [
  [
    'that looks at the moment of the statement',
    ['LANGUAGE plpgsql\n', 'LANGUAGE plpgsql STABLE\n'],
    'a claim while its agent is being paused',
  ],
  [
    'that takes no gate',
    [
      'perform pg_advisory_xact_lock_shared(7741, 0), pg_advisory_xact_lock_shared(7741, mission_control.gate_of(project));',
      'perform 1;',
    ],
    'a claim while its agent is being paused',
  ],
  [
    'that compares no versions',
    ['filter (where seen.version is distinct from c.version)', 'filter (where false)'],
    'a claim while its agent is being paused',
  ],
  [
    'that keeps nobody from adding what must not exist',
    ['perform pg_advisory_xact_lock(7742, hashtext(lock.name));', 'perform 1;'],
    'the absence of a row that is being added',
  ],
  [
    'that does not look for what must not exist',
    ['if is_there then', 'if false then'],
    'the absence of a row that is being added',
  ],
  [
    'under any isolation level',
    [`if current_setting('transaction_isolation') <> 'read committed' then`, 'if false then'],
    'a commit under repeatable read',
  ],
]

test.each(GUARDS)('a guard %s is noticed', async (_, [from, to], name) => {
  expect(guard).toContain(from)
  await client.query(guard.replace(from, to))
  try {
    expect(await isNoticed(name, host(NONE).storage)).toBe(true)
  } finally {
    await client.query(guard)
  }
})
