// Races that are held open, not hoped for: a first transaction stays open in a session of its own while commits arrive,
// and only then ends. Load tests passed broken locking that these caught at once.

import { createPostgresStorage } from '@mission-control/adapter-postgres'
import { createMissionControl } from '@mission-control/core'
import type { Commit, CommitOutcome, Kind, Put, RecordOf, Storage } from '@mission-control/core/storage'
import type { StorageHarness } from '@mission-control/testing/conformance'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test-support/test-database.ts'
import {
  accountOf,
  agentRecord,
  budgetRecord,
  changed,
  claimOf,
  commitOf,
  eventDraft,
  livenessRecord,
  newId,
  PROJECT,
  policyRecord,
  principalRecord,
  projectRecord,
  put,
  stored,
  systemRecord,
  taskRecord,
  writing,
} from './records.ts'
import { type HeldTransaction, heldTransaction, serverStores, type TestStores } from './stores.ts'

let database: TestDatabase
let stores: TestStores
let harness: StorageHarness
let storage: Storage
let held: HeldTransaction

beforeAll(async () => {
  database = await createTestDatabase()
  stores = await serverStores(database.url)
})
afterAll(async () => {
  await stores.end()
  await database.drop()
})
beforeEach(async () => {
  harness = await stores.harness()
  storage = harness.storage
  held = await heldTransaction(database.url)
})
afterEach(async () => {
  await held.client.end()
  await harness.close()
})

/** Another host on the same database: what it sends shares no statement with what this one sends. */
function otherHost(): Storage {
  return createPostgresStorage({ client: { query: stores.client.query } })
}

const APPLIED: CommitOutcome = { status: 'applied' }

function stale(...because: readonly { kind: Kind | 'account' | 'receipt' | 'unique'; id: string }[]): CommitOutcome {
  return { status: 'stale', because }
}

/** Waits until so many sessions of this database wait for a lock. */
async function untilWaiting(count: number): Promise<void> {
  for (let look = 0; look < 200; look++) {
    const { rows } = await stores.client.query(
      `select count(distinct pid) as waiting from pg_locks where not granted
       and pid in (select pid from pg_stat_activity where datname = current_database())`,
    )
    if (Number(rows[0]?.waiting) >= count) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`there were never ${count} sessions waiting`)
}

async function countOf(text: string): Promise<number> {
  const { rows } = await stores.client.query(`select count(*) as count from ${text}`)
  return Number(rows[0]?.count)
}

interface World {
  readonly system: RecordOf<'system'>
  readonly project: RecordOf<'project'>
  readonly principal: RecordOf<'principal'>
  readonly agent: RecordOf<'agent'>
  readonly policy: RecordOf<'policy'>
  readonly budget: RecordOf<'budget'>
  readonly tasks: readonly RecordOf<'task'>[]
  /** What a claim relies on. */
  readonly checks: Commit['checks']
}

async function world(taskCount: number): Promise<World> {
  const agent = agentRecord()
  const [system, project, principal] = [systemRecord(), projectRecord(), principalRecord()]
  const [policy, budget] = [policyRecord(), budgetRecord()]
  const tasks = Array.from({ length: taskCount }, () => taskRecord())
  await stored(storage, put('system', system), put('project', project), put('principal', principal))
  await stored(storage, put('agent', agent), put('policy', policy), put('budget', budget))
  await stored(storage, ...tasks.map((task) => put('task', task)))
  const settings = { system, project, principal, agent, policy, budget }
  const checks = Object.entries(settings).map(([kind, { id }]) => ({ kind: kind as Kind, id, version: 1 }))
  return { ...settings, tasks, checks }
}

describe('settings', () => {
  const changes: readonly [string, (w: World) => Put][] = [
    ['the installation is paused', ({ system }) => put('system', changed(system, { operatorMode: 'PAUSED' }))],
    ['the project is paused', ({ project }) => put('project', changed(project, { operatorMode: 'PAUSED' }))],
    ['the principal is disabled', ({ principal }) => put('principal', changed(principal, { status: 'DISABLED' }))],
    ['the agent is paused', ({ agent }) => put('agent', changed(agent, { status: 'PAUSED', pausedBy: 'OPERATOR' }))],
    ['the policy is superseded', ({ policy }) => put('policy', changed(policy, { state: 'SUPERSEDED' }))],
    ['the budget is cut', ({ budget }) => put('budget', changed(budget, { cap: 0 }))],
  ]

  test.each(changes)('a claim that arrives while %s is refused once that is committed', async (_, change) => {
    const w = await world(5)
    const pause = change(w)
    expect(await held.storage.commit(writing([pause]))).toEqual(APPLIED)
    // Some share a statement, some come from another host.
    const hosts = [storage, otherHost()]
    const claims = w.tasks.map((task, at) => hosts[at % 2]?.commit(claimOf(task, w.agent.id, w.checks)))
    await untilWaiting(hosts.length)
    await held.commit()
    for (const outcome of await Promise.all(claims)) {
      expect(outcome).toEqual(stale({ kind: pause.kind, id: pause.record.id }))
    }
    expect(await countOf('mission_control.transitions')).toBe(0)
    expect(await countOf(`mission_control.tasks where status <> 'INBOX'`)).toBe(0)
  })

  test('claims that arrived while a pause was open go on when it is rolled back', async () => {
    const w = await world(3)
    await held.storage.commit(writing([put('system', changed(w.system, { operatorMode: 'PAUSED' }))]))
    const claims = w.tasks.map((task) => otherHost().commit(claimOf(task, w.agent.id, w.checks)))
    await untilWaiting(claims.length)
    await held.rollback()
    expect(await Promise.all(claims)).toEqual([APPLIED, APPLIED, APPLIED])
  })

  test('a pause waits for an open claim, and claims that come after it wait behind it and are refused', async () => {
    const w = await world(3)
    const [first, ...later] = w.tasks
    expect(await held.storage.commit(claimOf(first as RecordOf<'task'>, w.agent.id, w.checks))).toEqual(APPLIED)
    const pause = storage.commit(writing([put('agent', changed(w.agent, { status: 'PAUSED' }))]))
    await untilWaiting(1)
    const claims = later.map((task) => otherHost().commit(claimOf(task, w.agent.id, w.checks)))
    await untilWaiting(1 + later.length)
    await held.commit()
    expect(await pause).toEqual(APPLIED)
    for (const outcome of await Promise.all(claims)) expect(outcome).toEqual(stale({ kind: 'agent', id: w.agent.id }))
  })

  test('a setting changed by hand fences commits like one changed by a commit', async () => {
    const w = await world(1)
    const [task] = w.tasks
    await held.client.query(
      `update mission_control.agents set status = 'PAUSED', version = version + 1 where id = $1`,
      [w.agent.id],
    )
    const claim = storage.commit(claimOf(task as RecordOf<'task'>, w.agent.id, w.checks))
    await untilWaiting(1)
    await held.commit()
    expect(await claim).toEqual(stale({ kind: 'agent', id: w.agent.id }))
  })

  test('a commit that relies on a setting of another project is fenced by that project', async () => {
    const w = await world(1)
    const visitor = agentRecord(newId('agt'), 'prj_2')
    expect(await storage.commit({ ...writing([put('agent', visitor)]), projectId: 'prj_2' })).toEqual(APPLIED)
    const paused = writing([put('agent', changed(visitor, { status: 'PAUSED' }))])
    await held.storage.commit({ ...paused, projectId: 'prj_2' })
    const checks = [...w.checks, { kind: 'agent' as const, id: visitor.id, version: 1 }]
    const claim = storage.commit(claimOf(w.tasks[0] as RecordOf<'task'>, visitor.id, checks))
    await untilWaiting(1)
    await held.commit()
    expect(await claim).toEqual(stale({ kind: 'agent', id: visitor.id }))
  })

  test('the gate of one project does not hold up another', async () => {
    const w = await world(1)
    await held.storage.commit(writing([put('agent', changed(w.agent, { status: 'PAUSED' }))]))
    const elsewhere = taskRecord(newId('tsk'), 'prj_2')
    expect(await storage.commit({ ...writing([put('task', elsewhere)]), projectId: 'prj_2' })).toEqual(APPLIED)
  })

  test('of two changes of one setting the second is refused', async () => {
    const w = await world(0)
    await held.storage.commit(writing([put('agent', changed(w.agent, { status: 'PAUSED' }))]))
    const other = storage.commit(writing([put('agent', changed(w.agent, { status: 'QUARANTINED' }))]))
    await untilWaiting(1)
    await held.commit()
    expect(await other).toEqual(stale({ kind: 'agent', id: w.agent.id }))
  })

  test('a commit under another isolation level is refused as a fault, because it could not see what it waited for', async () => {
    const w = await world(1)
    await held.client.query('set transaction isolation level repeatable read')
    const claim = held.storage.commit(claimOf(w.tasks[0] as RecordOf<'task'>, w.agent.id, w.checks))
    await expect(claim).rejects.toMatchObject({ code: 'INTERNAL', hint: expect.stringContaining('READ COMMITTED') })
  })
})

describe('the same commit twice', () => {
  test('a receipt whose key is being used is refused once the first is committed', async () => {
    const key = { projectId: PROJECT, principalId: 'prn_1', command: 'tasks.create', key: 'k' }
    const receipt = { key, receipt: { requestHash: 'h', response: null, expiresAt: 4_000_000_000_000 } }
    await held.storage.commit(writing([put('task', taskRecord())], { receipt }))
    const second = taskRecord()
    const again = storage.commit(writing([put('task', second)], { receipt }))
    await untilWaiting(1)
    await held.commit()
    expect(await again).toEqual(stale({ kind: 'receipt', id: 'k' }))
    expect(await countOf(`mission_control.tasks where id = '${second.id}'`)).toBe(0)
  })

  test('a receipt whose first use is rolled back is free', async () => {
    const key = { projectId: PROJECT, principalId: 'prn_1', command: 'tasks.create', key: 'k' }
    const receipt = { key, receipt: { requestHash: 'h', response: null, expiresAt: 4_000_000_000_000 } }
    await held.storage.commit(commitOf({ receipt }))
    const again = storage.commit(commitOf({ receipt }))
    await untilWaiting(1)
    await held.rollback()
    expect(await again).toEqual(APPLIED)
  })

  const account = accountOf('agt_twice')
  const task = taskRecord('tsk_twice')
  const resent: readonly [string, (event: Commit['events'][number]) => Commit][] = [
    ['writes a record', (event) => writing([put('task', changed(task, { title: 'B' }))], { events: [event] })],
    [
      'moves money and nothing else',
      (event) => commitOf({ adds: [{ account, reserved: 60, settled: 0, limit: 100 }], events: [event] }),
    ],
    ['only says something', (event) => commitOf({ events: [event] })],
    ['adds a record', (event) => writing([put('task', taskRecord('tsk_new'))], { events: [event] })],
  ]

  test.each(resent)('a commit that %s, sent again before it is known, is applied once', async (_, make) => {
    await stored(storage, put('task', task))
    const commit = make(eventDraft())
    await held.storage.commit(commit)
    const again = storage.commit(commit)
    await untilWaiting(1)
    await held.commit()
    expect(await again).toEqual(APPLIED)
    expect(await storage.commit(commit)).toEqual(APPLIED)
    expect(await countOf('mission_control.events')).toBe(1)
    expect((await storage.load({ accounts: [account] })).balances[0]?.reserved).toBe(commit.adds.length * 60)
  })

  test('a change of settings, sent again while it waits for its own gate, is applied once', async () => {
    const agent = agentRecord()
    await stored(storage, put('agent', agent))
    const commit = writing([put('agent', changed(agent, { status: 'PAUSED' }))], { events: [eventDraft()] })
    await held.storage.commit(commit)
    const again = storage.commit(commit)
    await untilWaiting(1)
    await held.commit()
    expect(await again).toEqual(APPLIED)
    expect(await countOf('mission_control.events')).toBe(1)
  })
})

describe('records', () => {
  test('of two that write the same version the second is refused', async () => {
    const task = taskRecord()
    await stored(storage, put('task', task))
    await held.storage.commit(writing([put('task', changed(task, { title: 'first' }))]))
    const second = storage.commit(writing([put('task', changed(task, { title: 'second' }))]))
    await untilWaiting(1)
    await held.commit()
    expect(await second).toEqual(stale({ kind: 'task', id: task.id }))
  })

  test('one that relies on a record without writing it is refused when the record changes meanwhile', async () => {
    const [task, other] = [taskRecord(), taskRecord()]
    await stored(storage, put('task', task), put('task', other))
    await held.storage.commit(writing([put('task', changed(task, { title: 'first' }))]))
    const checks = [{ kind: 'task' as const, id: task.id, version: 1 }]
    const relying = storage.commit(writing([put('task', changed(other, { title: 'other' }))], { checks }))
    await untilWaiting(1)
    await held.commit()
    expect(await relying).toEqual(stale({ kind: 'task', id: task.id }))
  })

  test('rows are locked by kind and id, accounts last: who waits for one holds none behind it', async () => {
    const [first, ...rest] = Array.from({ length: 6 }, () => taskRecord())
    const tasks = [first, ...rest].filter((task) => task !== undefined)
    const liveness = livenessRecord()
    const account = accountOf()
    const adds = [{ account, reserved: 1, settled: 0, limit: null }]
    await stored(storage, ...tasks.map((task) => put('task', task)), put('liveness', liveness))
    await storage.commit(commitOf({ adds }))
    await held.client.query('select from mission_control.tasks where id = $1 for update', [first?.id])
    const puts = [
      put('liveness', changed(liveness, {})),
      ...tasks.reverse().map((task) => put('task', changed(task, {}))),
    ]
    const waiting = storage.commit(writing(puts, { adds }))
    await untilWaiting(1)
    const free = (table: string) => countOf(`(select from mission_control.${table} for update skip locked) as free`)
    expect([await free('tasks'), await free('liveness'), await free('accounts')]).toEqual([5, 1, 1])
    await held.commit()
    expect(await waiting).toEqual(APPLIED)
  })

  test('of two that add the same record the second is refused, and goes on when the first is rolled back', async () => {
    for (const [end, expected] of [
      ['commit', stale({ kind: 'task', id: 'tsk_same' })],
      ['rollback', APPLIED],
    ] as const) {
      const holding = await heldTransaction(database.url)
      const id = end === 'commit' ? 'tsk_same' : 'tsk_free'
      await holding.storage.commit(writing([put('task', taskRecord(id))]))
      const second = storage.commit(writing([put('task', taskRecord(id))]))
      await untilWaiting(1)
      await holding[end]()
      expect(await second).toEqual(expected)
    }
  })

  test('of two that take the same unique key the second is refused', async () => {
    await held.storage.commit(writing([put('project', { ...projectRecord(newId('prj')), slug: 'same' })]))
    const second = storage.commit(writing([put('project', { ...projectRecord(newId('prj')), slug: 'same' })]))
    await untilWaiting(1)
    await held.commit()
    expect(await second).toEqual(stale({ kind: 'unique', id: 'projectBySlug' }))
  })

  test('one that relies on the absence of a record is refused when the record appears meanwhile', async () => {
    const absent = livenessRecord()
    await held.storage.commit(writing([put('liveness', absent)]))
    const checks = [{ kind: 'liveness' as const, id: absent.id, version: null }]
    const relying = storage.commit(writing([put('task', taskRecord())], { checks }))
    await untilWaiting(1)
    await held.commit()
    expect(await relying).toEqual(stale({ kind: 'liveness', id: absent.id }))
  })

  test('of two that each rely on the absence of what the other adds, one is refused', async () => {
    const [one, other] = [taskRecord(), taskRecord()]
    const unless = (absent: RecordOf<'task'>, added: RecordOf<'task'>) =>
      writing([put('task', added)], { checks: [{ kind: 'task', id: absent.id, version: null }] })
    await held.storage.commit(unless(other, one))
    const second = storage.commit(unless(one, other))
    await untilWaiting(1)
    await held.commit()
    expect(await second).toEqual(stale({ kind: 'task', id: one.id }))
  })
})

describe('accounts', () => {
  const reserve = (account: string, amount: number, limit: number) =>
    commitOf({ adds: [{ account, reserved: amount, settled: 0, limit }], events: [eventDraft()] })

  const endings: readonly ['commit' | 'rollback', boolean][] = [
    ['commit', true],
    ['commit', false],
    ['rollback', true],
    ['rollback', false],
  ]
  test.each(endings)(
    'money taken in an open transaction is gone after %s (account used before: %s)',
    async (end, isUsed) => {
      const account = accountOf()
      if (isUsed) await storage.commit(reserve(account, 10, 100))
      await held.storage.commit(reserve(account, 60, 100))
      const second = storage.commit(reserve(account, 60, 100))
      await untilWaiting(1)
      await held[end]()
      expect(await second).toEqual(end === 'commit' ? stale({ kind: 'account', id: account }) : APPLIED)
      const reserved = 60 + (isUsed ? 10 : 0)
      expect((await storage.load({ accounts: [account] })).balances).toEqual([{ reserved, settled: 0 }])
    },
  )

  test('an account that two open at once takes both moves when there is room for both', async () => {
    const account = accountOf()
    await held.storage.commit(reserve(account, 60, 200))
    const second = storage.commit(reserve(account, 60, 200))
    await untilWaiting(1)
    await held.commit()
    expect(await second).toEqual(APPLIED)
    expect((await storage.load({ accounts: [account] })).balances).toEqual([{ reserved: 120, settled: 0 }])
  })

  test('nothing else of a commit stays when the account it opens turns out to be full', async () => {
    const [account, otherAccount] = [accountOf(), accountOf()]
    const task = taskRecord()
    await held.storage.commit(reserve(account, 60, 100))
    const add = { reserved: 60, settled: 0, limit: 100 }
    const adds = [
      { account, ...add },
      { account: otherAccount, ...add },
    ]
    const second = storage.commit(writing([put('task', task)], { adds, events: [eventDraft()] }))
    await untilWaiting(1)
    await held.commit()
    expect(await second).toEqual(stale({ kind: 'account', id: account }))
    const seen = await storage.load({ records: [{ kind: 'task', id: task.id }], accounts: [otherAccount] })
    expect(seen).toMatchObject({ records: [null], balances: [{ reserved: 0, settled: 0 }] })
    expect(await countOf('mission_control.events')).toBe(1)
  })
})

describe('the log', () => {
  test('R-89: a reader never goes past an event that is still to come, and then sees both in the order of the log', async () => {
    const [early, late] = [eventDraft({ summary: 'early' }), eventDraft({ summary: 'late' })]
    await held.storage.commit(commitOf({ events: [early] }))
    await storage.commit(commitOf({ events: [late] }))
    const before = await storage.readEvents({ after: null, limit: 10 })
    expect(before.events).toEqual([])
    await held.commit()
    const after = await storage.readEvents({ after: before.cursor, limit: 10 })
    expect(after.events.map(({ summary }) => summary)).toEqual(['early', 'late'])
    expect(after.cursor).toBe(after.events.at(-1)?.cursor)
  })

  test('R-89: no event is sealed before one that is still to come, so the numbers follow the order of the log', async () => {
    const [early, late] = [eventDraft({ summary: 'early' }), eventDraft({ summary: 'late' })]
    await held.storage.commit(commitOf({ events: [early] }))
    await storage.commit(commitOf({ events: [late] }))
    const { record } = createMissionControl({ storage })
    expect(await record.seal()).toBe(0)
    await held.commit()
    expect(await record.seal()).toBe(2)
    const { events } = await storage.readEvents({ after: null, limit: 10 })
    expect(events.map(({ summary, seal }) => [summary, seal?.seq])).toEqual([
      ['early', 1],
      ['late', 2],
    ])
    expect(await record.verify({ projectId: 'prj_1' })).toMatchObject({ isIntact: true, head: { seq: 2 } })
  })

  test('R-89: a stream that is resumed at any cursor misses nothing and repeats nothing, whoever commits when', async () => {
    const control = createMissionControl({ storage })
    const stop = new AbortController()
    const seen: { cursor: string; summary: string }[] = []
    const watching = (async () => {
      for await (const { cursor, summary } of control.system.watch({ projectId: 'prj_1', signal: stop.signal })) {
        seen.push({ cursor, summary })
      }
    })()
    await held.storage.commit(commitOf({ events: [eventDraft({ summary: 'first' })] }))
    for (const summary of ['second', 'third']) await storage.commit(commitOf({ events: [eventDraft({ summary })] }))
    await held.commit()
    for (let look = 0; look < 200 && seen.length < 3; look++) await new Promise((resolve) => setTimeout(resolve, 20))
    const order = seen.map(({ summary }) => summary)
    expect(order).toEqual(['first', 'second', 'third'])
    for (const [at, { cursor }] of seen.entries()) {
      const { events } = await storage.readEvents({ after: cursor, limit: 10, projectId: 'prj_1' })
      expect(events.map(({ summary }) => summary)).toEqual(order.slice(at + 1))
    }
    stop.abort()
    await watching
  })

  test('listeners are told when what an older transaction held back can be read', async () => {
    await held.storage.commit(commitOf({ events: [eventDraft()] }))
    await storage.commit(commitOf({ events: [eventDraft()] }))
    let calls = 0
    const stop = storage.onCommit(() => {
      calls += 1
    })
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(calls).toBe(0)
    await held.commit()
    for (let look = 0; look < 100 && calls === 0; look++) await new Promise((resolve) => setTimeout(resolve, 20))
    expect(calls).toBeGreaterThan(0)
    stop()
  })

  test('waiting at a gate draws no transaction id, which would hold back the readers', async () => {
    const w = await world(1)
    await held.storage.commit(writing([put('agent', changed(w.agent, { status: 'PAUSED' }))]))
    const claim = storage.commit(claimOf(w.tasks[0] as RecordOf<'task'>, w.agent.id, w.checks))
    await untilWaiting(1)
    const waiting = `pg_locks as l where not l.granted and exists (
      select from pg_locks as x where x.pid = l.pid and x.locktype = 'transactionid' and x.granted)`
    expect(await countOf(waiting)).toBe(0)
    await held.commit()
    await claim
  })
})

describe('under load', () => {
  test('commits that cross on the same records never deadlock', async () => {
    const second = (await harness.second?.()) as Storage
    const tasks = Array.from({ length: 6 }, () => taskRecord())
    await stored(storage, ...tasks.map((task) => put('task', task)))
    const deadlocks = async () =>
      Number(
        (await stores.client.query('select deadlocks from pg_stat_database where datname = current_database()')).rows[0]
          ?.deadlocks,
      )
    const before = await deadlocks()
    const until = Date.now() + 2_000
    let applied = 0
    const caller = async (at: number) => {
      while (Date.now() < until) {
        const pair = [tasks[at % 6], tasks[(at * 5 + 1) % 6]].filter((task) => task !== undefined)
        const refs = [...new Set(pair.map(({ id }) => id))].map((id) => ({ kind: 'task' as const, id }))
        if (at % 2 === 0) refs.reverse()
        const through = at % 2 === 0 ? storage : second
        const { records } = await through.load({ records: refs })
        const puts = (records as RecordOf<'task'>[]).map((task) =>
          put('task', changed(task, { epoch: task.epoch + 1 })),
        )
        const outcome = await through.commit(writing(puts))
        if (outcome.status === 'applied') applied += puts.length
      }
    }
    await Promise.all(Array.from({ length: 12 }, (_, at) => caller(at)))
    const { records } = await storage.load({ records: tasks.map(({ id }) => ({ kind: 'task', id })) })
    expect((records as RecordOf<'task'>[]).reduce((sum, { epoch }) => sum + epoch, 0)).toBe(applied)
    expect(applied).toBeGreaterThan(20)
    expect(await deadlocks()).toBe(before)
  })

  test('64 claimers on 2,000 tasks over 4 connections claim each task once', async () => {
    const w = await world(0)
    const all: RecordOf<'task'>[] = []
    for (let batch = 0; batch < 4; batch++) {
      const tasks = Array.from({ length: 500 }, () => taskRecord())
      await stored(storage, ...tasks.map((task) => put('task', task)))
      all.push(...tasks)
    }
    const connections = [storage]
    for (let n = 1; n < 4; n++) connections.push((await harness.second?.()) as Storage)
    const holders = new Map<string, string[]>()
    const claimer = async (n: number) => {
      const through = connections[n % 4] as Storage
      const agentId = `agt_claimer_${n}`
      // Each begins elsewhere, and all want every task.
      const start = Math.floor((n * all.length) / 64)
      for (let step = 0; step < all.length; step++) {
        const task = all[(start + step) % all.length] as RecordOf<'task'>
        if (holders.has(task.id) && step % 16 !== 0) continue
        const outcome = await through.commit(claimOf(task, agentId, w.checks))
        if (outcome.status === 'applied') holders.set(task.id, [...(holders.get(task.id) ?? []), agentId])
      }
    }
    await Promise.all(Array.from({ length: 64 }, (_, n) => claimer(n)))
    expect(holders.size).toBe(2_000)
    expect([...holders.values()].filter((claimed) => claimed.length !== 1)).toEqual([])
    expect(await countOf(`mission_control.tasks where status = 'ASSIGNED' and epoch = 1 and version = 2`)).toBe(2_000)
    expect(await countOf('mission_control.transitions')).toBe(2_000)
    expect(await countOf(`mission_control.events where kind = 'CLAIM_GRANTED'`)).toBe(2_000)
    const { rows } = await stores.client.query(`select id, claim ->> 'agentId' as holder from mission_control.tasks`)
    expect(rows.filter(({ id, holder }) => holders.get(String(id))?.[0] !== holder)).toEqual([])
  }, 60_000)

  test('after a pause is committed under load nobody claims, and it does not wait long', async () => {
    const w = await world(400)
    const queue = [...w.tasks]
    let isPaused = false
    let late = 0
    const claimer = async () => {
      for (let task = queue.pop(); task !== undefined; task = queue.pop()) {
        const wasPaused = isPaused
        const outcome = await storage.commit(claimOf(task, w.agent.id, w.checks))
        if (wasPaused && outcome.status === 'applied') late += 1
      }
    }
    const claimers = Array.from({ length: 8 }, claimer)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const second = (await harness.second?.()) as Storage
    const began = Date.now()
    expect(await second.commit(writing([put('agent', changed(w.agent, { status: 'PAUSED' }))]))).toEqual(APPLIED)
    isPaused = true
    expect(Date.now() - began).toBeLessThan(2_000)
    await Promise.all(claimers)
    expect(late).toBe(0)
    const claimed = await countOf('mission_control.transitions')
    expect(claimed).toBeGreaterThan(0)
    expect(claimed).toBeLessThan(400)
  })
})
