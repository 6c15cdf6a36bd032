import { LOOKUP_ROWS_MAX, type RecordOf, SCOPE_ITEMS_MAX } from '@mission-control/core/storage'
import { type ConformanceCase, twoConnections } from './case.ts'
import {
  balanceNow,
  changed,
  commitOf,
  committed,
  inserting,
  logNow,
  put,
  recordNow,
  settled,
  stored,
  storedTask,
  writing,
} from './commits.ts'
import { expectApplied, expectEqual, expectFault, expectTrue } from './expect.ts'
import {
  accountOf,
  agentRecord,
  eventDraft,
  livenessRecord,
  newId,
  PROJECT,
  receiptKey,
  receiptUntil,
  runRecord,
  taskRecord,
} from './fixtures.ts'

export const loadCases: readonly ConformanceCase[] = [
  {
    id: 'load:order',
    behaviour: 'answers each part in the order of the scope, also when it names one twice',
    run: async ({ storage }) => {
      const [one, other] = [await storedTask(storage), await storedTask(storage)]
      const agent = agentRecord()
      await stored(storage, 'agent', agent)
      const [rich, poor] = [accountOf(), accountOf()]
      const adds = [{ account: rich, reserved: 3, settled: 4, limit: null }]
      await committed(storage, commitOf({ adds }))

      const named = { lookup: 'agentByName', values: [PROJECT, agent.name], limit: 10 } as const
      const nobody = { lookup: 'agentByName', values: [PROJECT, 'Nobody'], limit: 10 } as const
      const loaded = await storage.load({
        records: [
          { kind: 'task', id: other.id },
          { kind: 'agent', id: agent.id },
          { kind: 'task', id: newId('tsk') },
          { kind: 'task', id: one.id },
          { kind: 'task', id: other.id },
        ],
        lookups: [nobody, named, nobody, named],
        accounts: [poor, rich, poor, rich],
      })
      expectEqual(loaded.records, [other, agent, null, one, other], 'records, null where there is none')
      expectEqual(loaded.lookups, [[], [agent], [], [agent]], 'lookups')
      const [touched, untouched] = [
        { reserved: 3, settled: 4 },
        { reserved: 0, settled: 0 },
      ]
      expectEqual(loaded.balances, [untouched, touched, untouched, touched], 'balances')
      expectEqual(loaded.receipt, null, 'no receipt without asking')
    },
  },
  {
    id: 'load:nothing',
    behaviour: 'answers an empty scope with the time alone',
    run: async ({ storage }) => {
      const { now, ...rest } = await storage.load({})
      expectTrue(Number.isSafeInteger(now) && now > 0, 'the time is a whole number of milliseconds')
      expectEqual(rest, { records: [], lookups: [], balances: [], receipt: null }, 'everything else is empty')
    },
  },
  {
    id: 'load:kind',
    behaviour: 'keeps records of different kinds apart that have the same id',
    run: async ({ storage }) => {
      const agent = agentRecord()
      const liveness = livenessRecord({ id: agent.id })
      await stored(storage, 'agent', agent)
      expectEqual(await recordNow(storage, 'liveness', agent.id), null, 'an agent is no liveness')
      await stored(storage, 'liveness', liveness)
      await committed(storage, inserting('liveness', changed(liveness, { errorStreak: 3 })))
      expectEqual(await recordNow(storage, 'agent', agent.id), agent, 'the agent has not changed')
    },
  },
  {
    id: 'load:other-projects-id',
    behaviour: 'names a record by its id alone, whatever its project',
    run: async ({ storage }) => {
      const task = taskRecord({ projectId: newId('prj') })
      await stored(storage, 'task', task)
      expectEqual(await recordNow(storage, 'task', task.id), task, 'the record with its own project')
    },
  },
  {
    id: 'load:untouched-account',
    behaviour: 'reads an account that was never touched as zeros',
    run: async ({ storage }) => {
      expectEqual(await balanceNow(storage, accountOf()), { reserved: 0, settled: 0 }, 'zeros')
    },
  },
  {
    id: 'load:limits',
    behaviour: `takes ${SCOPE_ITEMS_MAX} items in one look and refuses more of any sort`,
    run: async ({ storage }) => {
      const tasks = (length: number) => Array.from({ length }, () => ({ kind: 'task', id: newId('tsk') }) as const)
      const accounts = (length: number) => Array.from({ length }, () => accountOf())
      const lookups = (length: number) =>
        Array.from({ length }, () => ({ lookup: 'runsOfTask', values: [newId('tsk')], limit: 1 }) as const)
      const fitting = await storage.load({ records: tasks(SCOPE_ITEMS_MAX) })
      expectEqual(fitting.records.length, SCOPE_ITEMS_MAX, 'as many answers as were asked for')
      const over = SCOPE_ITEMS_MAX + 1
      await expectFault(storage.load({ records: tasks(over) }), 'INTERNAL', 'too many records')
      await expectFault(storage.load({ accounts: accounts(over) }), 'INTERNAL', 'too many accounts')
      await expectFault(storage.load({ lookups: lookups(over) }), 'INTERNAL', 'too many lookups')
      const greedy = { lookup: 'runsOfTask', values: [newId('tsk')], limit: LOOKUP_ROWS_MAX + 1 } as const
      await expectFault(storage.load({ lookups: [greedy] }), 'INTERNAL', 'too many rows of one lookup')
    },
  },
  {
    id: 'load:clock',
    behaviour: 'tells the time of the store, which goes on',
    run: async (harness) => {
      const { storage } = harness
      const before = (await storage.load({})).now
      expectTrue((await storage.queries.now()) >= before, 'queries tell the same time')
      await harness.advance(90_000)
      const after = (await storage.load({})).now
      expectTrue(after >= before + 90_000 && after < before + 180_000, 'the time has moved on as far as it was moved')
      expectTrue((await storage.queries.now()) >= after, 'also for queries')
    },
  },
  {
    id: 'load:one-clock',
    behaviour: 'tells all connections the same time',
    run: async (harness) => {
      const [one, other] = await twoConnections(harness)
      const first = (await one.load({})).now
      const second = (await other.load({})).now
      const third = (await one.load({})).now
      expectTrue(first <= second && second <= third, `time never goes back: ${first}, ${second}, ${third}`)
    },
  },
  {
    id: 'load:everywhere',
    behaviour: 'shows on every connection what was committed on one',
    run: async (harness) => {
      const [one, other] = await twoConnections(harness)
      const task = await storedTask(one)
      expectEqual(await recordNow(other, 'task', task.id), task, 'the record')
      const account = accountOf()
      await committed(other, commitOf({ adds: [{ account, reserved: 1, settled: 2, limit: null }] }))
      expectEqual(await balanceNow(one, account), { reserved: 1, settled: 2 }, 'the money')
    },
  },
  {
    id: 'load:values-in',
    behaviour: 'keeps what it was given even when the caller changes the objects afterwards, before the answer too',
    run: async ({ storage }) => {
      const now = await storage.queries.now()
      const key = receiptKey()
      const task = taskRecord({ labels: ['a'], metadata: { nested: { list: [1] } } })
      const event = eventDraft({ data: { list: ['a'] } })
      const response = { list: ['a'] }
      const add = { account: accountOf(), reserved: 1, settled: 0, limit: null }
      const account = add.account
      const commit = inserting('task', task, {
        events: [event],
        adds: [add],
        receipt: { key, receipt: receiptUntil(now + 60_000, { response }) },
      })
      const expected = structuredClone({ task, event, response })

      const answer = storage.commit(commit)
      task.title = 'Changed'
      task.labels.push('b')
      ;(task.metadata as { nested: { list: number[] } }).nested.list.push(2)
      ;(event.data as { list: string[] }).list.push('b')
      event.summary = 'Changed'
      response.list.push('b')
      add.reserved = 1000
      expectApplied(await answer)
      task.labels.push('c')
      ;(event.data as { list: string[] }).list.push('c')
      response.list.push('c')

      const loaded = await storage.load({ records: [{ kind: 'task', id: task.id }], accounts: [account], receipt: key })
      expectEqual(loaded.records[0], expected.task, 'the record as it was given')
      expectEqual(loaded.balances[0], { reserved: 1, settled: 0 }, 'the money as it was given')
      expectEqual(loaded.receipt?.response, expected.response, 'the receipt as it was given')
      const [first] = await logNow(storage)
      expectEqual(first?.data, expected.event.data, 'the event as it was given')
      expectEqual(first?.summary, expected.event.summary, 'the summary as it was given')
    },
  },
  {
    id: 'load:values-out',
    behaviour: 'keeps what it has even when a reader changes the objects it was given',
    run: async ({ storage }) => {
      const now = await storage.queries.now()
      const key = receiptKey()
      const task = taskRecord({ labels: ['a'], assigneeIds: [newId('agt')], metadata: { nested: { list: [1] } } })
      const event = eventDraft({ data: { list: ['a'] } })
      const receipt = receiptUntil(now + 60_000, { response: { list: ['a'] } })
      await committed(storage, inserting('task', task, { events: [event], receipt: { key, receipt } }))
      const scope = {
        records: [{ kind: 'task', id: task.id }],
        lookups: [{ lookup: 'tasksOfAssignee', values: [task.assigneeIds[0] ?? ''], limit: 1 }],
        accounts: [accountOf()],
        receipt: key,
      } as const
      const readEverything = async () => ({
        loaded: { ...(await storage.load(scope)), now: 0 },
        log: (await storage.readEvents({ after: null, limit: 10 })).events,
        page: (await storage.queries.page({ kind: 'task', projectId: PROJECT, limit: 10 })).rows,
        timeline: (await storage.queries.timeline({ limit: 10 })).events,
      })
      await settled(storage)
      const before = await readEverything()
      const untouched = structuredClone(before)
      vandalize(before)
      expectEqual(await readEverything(), untouched, 'a second reader sees what was stored')
    },
  },
  {
    id: 'load:one-moment',
    behaviour: 'reads all parts of a scope at the same moment, whatever is committed meanwhile',
    run: async (harness) => {
      const [writer, reader] = await twoConnections(harness)
      const [one, other] = [livenessRecord(), livenessRecord()]
      const task = taskRecord()
      await stored(writer, 'liveness', one, other)
      await stored(writer, 'task', task)
      const account = accountOf()
      const rounds = 60
      let isWriting = true
      const write = async () => {
        let pair = [one, other] as const
        for (let round = 1; round <= rounds; round++) {
          pair = [changed(pair[0], { errorStreak: round }), changed(pair[1], { errorStreak: round })]
          const run = put('run', runRecord({ taskId: task.id }))
          const puts = [put('liveness', pair[0]), put('liveness', pair[1]), run]
          await committed(writer, writing(puts, { adds: [{ account, reserved: 1, settled: 0, limit: null }] }))
        }
        isWriting = false
      }
      const read = async () => {
        while (isWriting) {
          const { records, lookups, balances } = await reader.load({
            records: [one, other].map(({ id }) => ({ kind: 'liveness', id })),
            lookups: [{ lookup: 'runsOfTask', values: [task.id], limit: LOOKUP_ROWS_MAX }],
            accounts: [account],
          })
          const [first, second] = records as RecordOf<'liveness'>[]
          const seen = [first?.errorStreak, second?.errorStreak, lookups[0]?.length, balances[0]?.reserved]
          expectTrue(new Set(seen).size === 1, `two records, a lookup and an account agree: ${seen.join(', ')}`)
        }
      }
      await Promise.all([write(), read(), read(), read()])
    },
  },
]

/** Changes everything it can reach. Frozen objects refuse, which is as good. */
function vandalize(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const key of Object.keys(value)) {
    vandalize((value as Record<string, unknown>)[key])
    Reflect.set(value, key, 'vandalized')
  }
  if (Array.isArray(value) && Object.isExtensible(value)) value.push('vandalized')
}
