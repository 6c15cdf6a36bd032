import type { Commit, Put, RecordOf, Storage } from '@mission-control/core/storage'
import { describe, expect, test } from 'vitest'
import { createMemoryStorage } from '../../src/index.ts'

const PROJECT = 'prj_1'

let drawn = 0
function newId(prefix: string): string {
  drawn += 1
  return `${prefix}_${drawn}`
}

function commitOf(parts: Partial<Commit>): Commit {
  return { projectId: PROJECT, checks: [], puts: [], adds: [], events: [], receipt: null, ...parts }
}

function subscription(overrides: Partial<RecordOf<'subscription'>> = {}): Put<'subscription'> {
  const record = {
    id: newId('sub'),
    version: 1,
    createdAt: drawn,
    updatedAt: drawn,
    projectId: PROJECT,
    taskId: newId('tsk'),
    principalId: newId('prn'),
    agentId: null,
    isMuted: false,
    ...overrides,
  }
  return { kind: 'subscription', record }
}

function usageLine(overrides: Partial<RecordOf<'usageLine'>> = {}): Put<'usageLine'> {
  const record: RecordOf<'usageLine'> = {
    id: newId('usg'),
    version: 1,
    createdAt: drawn,
    updatedAt: drawn,
    projectId: PROJECT,
    runId: newId('run'),
    callId: newId('call'),
    agentId: 'agt_1',
    taskId: null,
    provider: null,
    model: null,
    label: null,
    tokens: { input: 1, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 },
    billing: 'METERED',
    billedMicros: 5,
    imputedMicros: null,
    costStatus: 'MEASURED',
    priceVersion: null,
    at: 1000,
    ...overrides,
  }
  return { kind: 'usageLine', record }
}

function eventOf(overrides: Partial<Commit['events'][number]> = {}): Commit['events'][number] {
  return {
    id: newId('evt'),
    projectId: PROJECT,
    kind: 'TASK_UPDATED',
    subject: 'task/tsk_1',
    time: 1,
    actor: { kind: 'SYSTEM', id: 'system', role: 'SYSTEM', name: 'Mission Control', agentId: null },
    taskId: null,
    agentId: null,
    runId: null,
    summary: '',
    reason: null,
    data: {},
    policyVersion: null,
    costMicros: null,
    traceparent: null,
    ...overrides,
  }
}

function inserting(...puts: readonly Put[]): Commit {
  const checks = puts.map(({ kind, record }) => ({ kind, id: record.id, version: null }))
  return commitOf({ puts, checks, events: [eventOf()] })
}

const internal = expect.objectContaining({ name: 'MissionControlError', code: 'INTERNAL' })

async function expectRefused(storage: Storage, commit: Commit): Promise<void> {
  await expect(storage.commit(commit)).rejects.toEqual(internal)
}

/** Lets what a commit has set off happen. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0))
}

describe('what is stored', () => {
  test('shares nothing with what came in, and is frozen through and through when it goes out', async () => {
    const storage = createMemoryStorage()
    const event = eventOf({ data: { list: [{ deep: true }] } })
    await storage.commit(commitOf({ events: [event] }))
    const [stored] = (await storage.readEvents({ after: null, limit: 1 })).events
    const data = stored?.data as { list: object[] }
    expect([stored, data, data.list, data.list[0]].every(Object.isFrozen)).toBe(true)
    expect(data.list).not.toBe((event.data as typeof data).list)
    expect(Object.isFrozen(event.data)).toBe(false)
  })

  test('has no negative zero, which JSON does not know', async () => {
    const storage = createMemoryStorage()
    const event = eventOf({ data: [-0], costMicros: -0 })
    await storage.commit(commitOf({ events: [event] }))
    const [stored] = (await storage.readEvents({ after: null, limit: 1 })).events
    expect(Object.is(stored?.costMicros, 0)).toBe(true)
    expect(Object.is((stored?.data as readonly number[] | undefined)?.[0], 0)).toBe(true)
  })

  test.each([
    ['a number that is none', { value: Number.NaN }],
    ['a date', { value: new Date(0) }],
    ['a map', { value: new Map() }],
    ['a bigint', { value: 1n }],
    ['undefined', { value: undefined }],
    ['a function', { value: () => 1 }],
    ['a field that would change the prototype', JSON.parse('{"__proto__": {"isAdmin": true}}')],
  ])('is never %s', async (_, response) => {
    const storage = createMemoryStorage()
    const key = { projectId: PROJECT, principalId: 'prn_1', command: 'c', key: 'k' }
    const receipt = { requestHash: '', response, expiresAt: Number.MAX_SAFE_INTEGER }
    await expectRefused(storage, commitOf({ receipt: { key, receipt } }))
    expect((await storage.load({ receipt: key })).receipt).toBeNull()
  })
})

describe('a commit that only a bug can make', () => {
  test('writes one record twice', async () => {
    const put = subscription()
    const again: Put = { kind: 'subscription', record: { ...put.record, isMuted: true } }
    await expectRefused(createMemoryStorage(), inserting(put, again))
  })

  test('moves an account of another project, or something that is no account', async () => {
    const storage = createMemoryStorage()
    for (const account of ['prj_2/AGENT/agt_1/USD/DAY/2025-10-09', `${PROJECT}/AGENT`, 'nonsense']) {
      await expectRefused(storage, commitOf({ adds: [{ account, reserved: 1, settled: 0, limit: null }] }))
    }
  })

  test('moves fractions, or passes the largest exact number', async () => {
    const storage = createMemoryStorage()
    const account = `${PROJECT}/AGENT/agt_1/USD/DAY/2025-10-09`
    const most = Number.MAX_SAFE_INTEGER
    await expectRefused(storage, commitOf({ adds: [{ account, reserved: 0.5, settled: 0, limit: null }] }))
    await expectRefused(storage, commitOf({ adds: [{ account, reserved: 1, settled: 0, limit: 0.5 }] }))
    await storage.commit(commitOf({ adds: [{ account, reserved: 0, settled: most, limit: null }] }))
    await expectRefused(storage, commitOf({ adds: [{ account, reserved: 1, settled: 0, limit: null }] }))
    expect((await storage.load({ accounts: [account] })).balances).toEqual([{ reserved: 0, settled: most }])
  })

  test('writes an event of another project', async () => {
    await expectRefused(createMemoryStorage(), commitOf({ events: [eventOf({ projectId: 'prj_2' })] }))
  })

  test('updates a row of an append-only kind', async () => {
    const storage = createMemoryStorage()
    const line = usageLine()
    await storage.commit(inserting(line))
    const puts: Put[] = [{ kind: 'usageLine', record: { ...line.record, version: 2 } }]
    await expectRefused(storage, commitOf({ puts }))
    await expectRefused(storage, commitOf({ puts, checks: [{ kind: 'usageLine', id: line.record.id, version: 1 }] }))
  })

  test('is told apart from a conflict: what is stale is stale first', async () => {
    const storage = createMemoryStorage()
    const account = `${PROJECT}/AGENT/agt_1/USD/DAY/2025-10-09`
    const checks = [{ kind: 'agent', id: 'agt_1', version: 1 }] as const
    const commit = commitOf({ checks, adds: [{ account, reserved: -1, settled: 0, limit: null }] })
    const because = [{ kind: 'agent', id: 'agt_1' }]
    expect(await storage.commit(commit)).toEqual({ status: 'stale', because })
  })
})

describe('a look that only a bug can ask for', () => {
  test.each([0, -1, 1.5, Number.NaN])('has a limit of %s', async (limit) => {
    const storage = createMemoryStorage()
    const lookup = { lookup: 'runsOfTask', values: ['tsk_1'], limit } as const
    await expect(storage.load({ lookups: [lookup] })).rejects.toEqual(internal)
    await expect(storage.readEvents({ after: null, limit })).rejects.toEqual(internal)
    await expect(storage.queries.page({ kind: 'task', limit })).rejects.toEqual(internal)
  })

  test('has too few values or a row of something else', async () => {
    const storage = createMemoryStorage()
    const lookup = { lookup: 'agentByName', values: [PROJECT], limit: 1 } as const
    await expect(storage.load({ lookups: [lookup] })).rejects.toEqual(internal)
    await expect(storage.queries.page({ kind: 'task', after: [1], limit: 1 })).rejects.toEqual(internal)
  })
})

describe('listeners', () => {
  test('hear once of several commits, after the answers, and nothing of a stale one', async () => {
    const storage = createMemoryStorage()
    let calls = 0
    storage.onCommit(() => {
      calls++
    })
    await storage.commit(commitOf({ checks: [{ kind: 'agent', id: 'agt_1', version: 1 }] }))
    await turn()
    expect(calls).toBe(0)
    await Promise.all([storage.commit(inserting(subscription())), storage.commit(inserting(subscription()))])
    await turn()
    expect(calls).toBe(1)
    await storage.commit(inserting(subscription()))
    await turn()
    expect(calls).toBe(2)
  })

  test('hear nothing of a commit once they stopped or the storage was closed', async () => {
    const storage = createMemoryStorage()
    const calls: string[] = []
    const stop = storage.onCommit(() => calls.push('stopped'))
    storage.onCommit(() => calls.push('closed'))
    const answer = storage.commit(inserting(subscription()))
    stop()
    await storage.close()
    await answer
    await turn()
    expect(calls).toEqual([])
    expect(() => storage.onCommit(() => undefined)).toThrow('closed')
  })
})

test('the clock is the given one, or that of this machine', async () => {
  const given = createMemoryStorage({ clock: { now: () => 42 } })
  expect((await given.load({})).now).toBe(42)
  expect(await given.queries.now()).toBe(42)
  const before = Date.now()
  const { now } = await createMemoryStorage().load({})
  expect(now >= before && now <= Date.now()).toBe(true)
})

describe('pages', () => {
  test('sort text by code point, and empty fields before all others', async () => {
    const storage = createMemoryStorage()
    const models = ['\u{1f600}', '\ue000', 'b', 'B', 'é', 'a', null, 'ab', '']
    await storage.commit(inserting(...models.map((model) => usageLine({ model }))))
    const sorted = [null, '', 'B', 'a', 'ab', 'b', 'é', '\ue000', '\u{1f600}']
    for (const [direction, expected] of [
      ['asc', sorted],
      ['desc', sorted.toReversed()],
    ] as const) {
      const order = [{ field: 'model', direction }] as const
      const { rows } = await storage.queries.page({ kind: 'usageLine', order, limit: 20 })
      expect(rows.map(({ model }) => model)).toEqual(expected)
    }
  })

  test('count empty fields under the empty key', async () => {
    const storage = createMemoryStorage()
    await storage.commit(
      inserting(usageLine({ model: 'opus' }), usageLine({ model: null }), usageLine({ model: null })),
    )
    expect(await storage.queries.counts({ kind: 'usageLine', groupBy: 'model' })).toEqual({ opus: 1, '': 2 })
  })
})

describe('spend', () => {
  const HOUR_MS = 3_600_000

  test('takes what was used from the first moment to just before the last', async () => {
    const storage = createMemoryStorage()
    await storage.commit(inserting(...[999, 1000, 1999, 2000].map((at) => usageLine({ at, billedMicros: at }))))
    const rows = await storage.queries.spend({ projectId: PROJECT, fromAt: 1000, toAt: 2000, groupBy: null })
    expect(rows).toEqual([{ key: '', billedMicros: 2999, imputedMicros: 0, tokens: 2, lines: 2 }])
  })

  test('names hours by their beginning, puts what has no task under the empty key, and sorts by key', async () => {
    const storage = createMemoryStorage()
    const times = [2 * HOUR_MS, HOUR_MS + 1, HOUR_MS]
    await storage.commit(
      inserting(...times.map((at, index) => usageLine({ at, taskId: index === 1 ? 'tsk_1' : null }))),
    )
    const keys = async (groupBy: 'hour' | 'taskId') => {
      const rows = await storage.queries.spend({ projectId: PROJECT, fromAt: 0, toAt: 3 * HOUR_MS, groupBy })
      return rows.map(({ key, lines }) => [key, lines])
    }
    expect(await keys('hour')).toEqual([
      ['3600000', 2],
      ['7200000', 1],
    ])
    expect(await keys('taskId')).toEqual([
      ['', 2],
      ['tsk_1', 1],
    ])
  })

  test('is nothing when nothing was used', async () => {
    const request = { projectId: PROJECT, fromAt: 0, toAt: 1, groupBy: null }
    expect(await createMemoryStorage().queries.spend(request)).toEqual([])
  })
})

test('timelines take what happened from the first moment to just before the last', async () => {
  const storage = createMemoryStorage()
  await storage.commit(commitOf({ events: [999, 1000, 1999, 2000].map((time) => eventOf({ time })) }))
  const { events } = await storage.queries.timeline({ fromAt: 1000, toAt: 2000, limit: 10 })
  expect(events.map(({ time }) => time)).toEqual([1000, 1999])
})

test('timelines say null on the last page, also when it is exactly full', async () => {
  const storage = createMemoryStorage()
  const [first, second] = [eventOf(), eventOf()]
  await storage.commit(commitOf({ events: [first, second] }))
  for (const newestFirst of [true, false]) {
    expect((await storage.queries.timeline({ newestFirst, limit: 2 })).next).toBeNull()
    const { events, next } = await storage.queries.timeline({ newestFirst, limit: 1 })
    expect(events.map(({ cursor }) => cursor)).toEqual([next])
  }
})

test('lookups stay sorted over thousands of rows that come and go', async () => {
  const storage = createMemoryStorage()
  const taskId = newId('tsk')
  // Steps of a prime walk through all places in an order of no kind.
  const places = Array.from({ length: 2000 }, (_, at) => (at * 797) % 2000)
  const puts = places.map((place) => subscription({ taskId, createdAt: place }))
  for (let from = 0; from < puts.length; from += 400) await storage.commit(inserting(...puts.slice(from, from + 400)))
  const leaving = puts.filter(({ record }) => record.createdAt % 3 === 0)
  for (const { record } of leaving) {
    const moved: Put = { kind: 'subscription', record: { ...record, taskId: newId('tsk'), version: 2 } }
    await storage.commit(commitOf({ puts: [moved], checks: [{ kind: 'subscription', id: record.id, version: 1 }] }))
  }
  const request = { lookup: 'subscriptionsOfTask', values: [taskId], limit: 500 } as const
  const [rows = []] = (await storage.load({ lookups: [request] })).lookups
  const expected = Array.from({ length: 2000 }, (_, at) => at).filter((at) => at % 3 !== 0)
  expect(rows.map(({ createdAt }) => createdAt)).toEqual(expected.slice(0, 500))
})
