import type { CommitOutcome, Kind, RecordOf, Storage } from '@mission-control/core/storage'
import { type ConformanceCase, twoConnections } from './case.ts'
import {
  adding,
  balanceNow,
  changed,
  claimedBy,
  commitOf,
  committed,
  inserting,
  logNow,
  put,
  recordNow,
  reliesOn,
  settled,
  stored,
  storedTask,
  writing,
} from './commits.ts'
import { expectEqual, expectStale, expectTrue } from './expect.ts'
import {
  accountOf,
  agentRecord,
  FIXTURES,
  livenessRecord,
  newId,
  projectRecord,
  receiptKey,
  receiptUntil,
  runRecord,
  systemRecord,
  taskRecord,
  usageLineRecord,
} from './fixtures.ts'

type Liveness = RecordOf<'liveness'>

function appliedOf(outcomes: readonly CommitOutcome[]): number {
  return outcomes.filter(({ status }) => status === 'applied').length
}

/** Sends them all at once, by turns on two connections. */
async function atOnce(storages: readonly [Storage, Storage], commits: readonly Parameters<Storage['commit']>[0][]) {
  return await Promise.all(commits.map((commit, at) => storages[at % 2 === 0 ? 0 : 1].commit(commit)))
}

function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at))
}

export const raceCases: readonly ConformanceCase[] = [
  {
    id: 'races:claims',
    behaviour: 'lets one of twenty claims of a task win, and tells the others what had changed',
    run: async (harness) => {
      const storages = await twoConnections(harness)
      for (let round = 0; round < 5; round++) {
        const task = await storedTask(harness.storage)
        const claims = times(20, () => claimedBy(task, newId('agt')))
        const outcomes = await atOnce(
          storages,
          claims.map(({ puts }) => writing(puts)),
        )
        expectEqual(appliedOf(outcomes), 1, 'one claim wins')
        for (const outcome of outcomes) {
          if (outcome.status === 'stale') {
            expectTrue(outcome.because.length > 0, 'the others learn a reason')
            expectTrue(
              outcome.because.every(({ kind }) => kind === 'task' || kind === 'unique'),
              'which is the task',
            )
          }
        }
        const winner = claims[outcomes.findIndex(({ status }) => status === 'applied')]
        expectEqual(await recordNow(storages[1], 'task', task.id), winner?.next, 'the task is as the winner wrote it')
        const rows = await harness.storage.load({
          records: claims.map(({ row }) => ({ kind: 'transition', id: row.id })),
        })
        expectEqual(
          rows.records.filter((row) => row !== null),
          [winner?.row],
          'the only transition is the winner’s',
        )
      }
      expectEqual((await logNow(harness.storage)).length, 10, 'five tasks, five claims')
    },
  },
  {
    id: 'races:budget',
    behaviour: 'lets exactly eight of ten adds through that compete for room for eight',
    run: async (harness) => {
      const storages = await twoConnections(harness)
      for (const isTouched of [false, true]) {
        const account = accountOf()
        if (isTouched) await committed(harness.storage, adding({ account, reserved: 0, settled: 3, limit: null }))
        const limit = 8 * 100 + (isTouched ? 3 : 0)
        const runs = times(10, () => runRecord())
        const adds = [{ account, reserved: 100, settled: 0, limit }]
        const outcomes = await atOnce(
          storages,
          runs.map((run) => inserting('run', run, { adds })),
        )
        expectEqual(appliedOf(outcomes), 8, 'eight have room, also when all come at once')
        for (const outcome of outcomes) {
          if (outcome.status === 'stale') expectStale(outcome, { kind: 'account', id: account })
        }
        expectEqual(
          await balanceNow(storages[1], account),
          { reserved: 800, settled: isTouched ? 3 : 0 },
          'never above',
        )
        const { records } = await harness.storage.load({ records: runs.map(({ id }) => ({ kind: 'run', id })) })
        expectEqual(records.filter((run) => run !== null).length, 8, 'a run for each that had room')
      }
    },
  },
  {
    id: 'races:budget-mixed',
    behaviour: 'never passes a limit while many take and give back, and loses none of their moves',
    run: async (harness) => {
      const storages = await twoConnections(harness)
      const [hot, limit] = [accountOf(), 500]
      let taken = 0
      const work = async (storage: Storage, at: number) => {
        const own = accountOf()
        for (let round = 0; round < 10; round++) {
          const amount = 50 + ((at * 31 + round * 17) % 50)
          const both = (reserved: number, ceiling: number | null) =>
            [own, hot].map((account) => ({ account, reserved, settled: 0, limit: ceiling }))
          const outcome = await storage.commit(commitOf({ adds: both(amount, limit) }))
          const { reserved } = (await balanceNow(storage, hot)) ?? { reserved: Number.NaN }
          expectTrue(reserved >= 0 && reserved <= limit, `${reserved} is from nothing to the limit`)
          if (outcome.status === 'stale') continue
          const isKept = round === 9
          if (isKept) taken += amount
          else await committed(storage, commitOf({ adds: both(-amount, limit) }))
        }
      }
      await Promise.all(times(16, (at) => work(storages[at % 2 === 0 ? 0 : 1], at)))
      expectEqual(await balanceNow(harness.storage, hot), { reserved: taken, settled: 0 }, 'the sum of what is held')
    },
  },
  {
    id: 'races:pause',
    behaviour: 'applies nothing that relied on old settings once the commit that changed them has returned',
    run: async (harness) => {
      const [one, other] = await twoConnections(harness)
      const settings: readonly (readonly [Kind, RecordOf<Kind>, Partial<RecordOf<Kind>>])[] = [
        ['system', systemRecord(), { operatorMode: 'PAUSED' }],
        ['agent', agentRecord(), { status: 'PAUSED' }],
        ['project', projectRecord(), { operatorMode: 'QUARANTINED' }],
        ['policy', FIXTURES.policy(), { state: 'SUPERSEDED' }],
      ]
      for (const [kind, setting, pause] of settings) {
        await stored(one, kind, setting)
        const taskId = newId('tsk')
        const giveUpAt = performance.now() + 10_000
        let starts = 0
        let noteBusy = (): void => undefined
        const busy = new Promise<void>((resolve) => {
          noteBusy = resolve
        })
        const start = async (storage: Storage) => {
          for (;;) {
            const run = inserting('run', runRecord({ taskId }), { checks: [reliesOn(kind, setting)] })
            const outcome = await storage.commit(run)
            if (outcome.status === 'stale') {
              expectStale(outcome, { kind, id: setting.id })
              return
            }
            starts++
            if (starts > 24) noteBusy()
            expectTrue(performance.now() < giveUpAt, `a writer of ${kind} does not wait behind the stream of readers`)
          }
        }
        const starters = Promise.all(times(12, (at) => start(at % 2 === 0 ? one : other)))
        await Promise.race([busy, starters])
        await committed(one, inserting(kind, changed(setting, pause)))
        const runsNow = async () => {
          const filters = [{ field: 'taskId', op: 'eq', value: taskId }] as const
          return (await one.queries.counts({ kind: 'run', groupBy: 'taskId', filters }))[taskId]
        }
        const atReturn = await runsNow()
        await starters
        expectEqual(await runsNow(), atReturn, `nothing is added after ${kind} was changed`)
        expectEqual(atReturn, starts, 'and nothing that was answered with applied is missing')
      }
    },
  },
  {
    id: 'races:settings-log',
    behaviour: 'writes no event that relied on old settings behind the event that changed them',
    run: async (harness) => {
      const storages = await twoConnections(harness)
      for (let round = 0; round < 5; round++) {
        const agent = agentRecord()
        await stored(harness.storage, 'agent', agent)
        const checks = [reliesOn('agent', agent)]
        const starts = times(16, () => inserting('run', runRecord({ agentId: agent.id }), { checks }))
        const pause = inserting('agent', changed(agent, { status: 'PAUSED' }))
        const outcomes = await atOnce(storages, [...starts.slice(0, 8), pause, ...starts.slice(8)])
        expectEqual(outcomes[8]?.status, 'applied', 'the pause is applied')
        const log = (await logNow(harness.storage)).map(({ id }) => id)
        const pausedAt = log.indexOf(pause.events[0]?.id ?? '')
        for (const { events } of starts) {
          expectTrue(log.indexOf(events[0]?.id ?? '') < pausedAt, 'every start in the log is before the pause')
        }
      }
    },
  },
  {
    id: 'races:crossing',
    behaviour:
      'neither blocks nor fails when commits write the same two records in different orders, and loses nothing',
    run: async (harness) => {
      const storages = await twoConnections(harness)
      const rows = times(6, () => livenessRecord({ errorStreak: 1000 }))
      await stored(harness.storage, 'liveness', ...rows)
      let moves = 0
      const work = async (storage: Storage, seed: number) => {
        for (let round = 0; round < 12; round++) {
          const from = (seed + round * 5) % rows.length
          const to = (from + 1 + ((seed * 7 + round) % (rows.length - 1))) % rows.length
          const refs = [from, to].map((at) => ({ kind: 'liveness', id: rows[at]?.id ?? '' }) as const)
          const { records } = await storage.load({ records: refs })
          const [giver, taker] = records as [Liveness, Liveness]
          const outcome = await storage.commit(
            writing([
              put('liveness', changed(giver, { errorStreak: giver.errorStreak - 1 })),
              put('liveness', changed(taker, { errorStreak: taker.errorStreak + 1 })),
            ]),
          )
          if (outcome.status === 'applied') moves++
          else
            expectTrue(
              outcome.because.every(({ kind }) => kind === 'liveness'),
              'stale because of one of the two',
            )
        }
      }
      await Promise.all(times(12, (at) => work(storages[at % 2 === 0 ? 0 : 1], at)))
      const { records } = await harness.storage.load({ records: rows.map(({ id }) => ({ kind: 'liveness', id })) })
      const now = records as Liveness[]
      const sum = now.reduce((total, row) => total + row.errorStreak, 0)
      expectEqual(sum, 1000 * rows.length, 'what one lost another has')
      const versions = now.reduce((total, row) => total + row.version - 1, 0)
      expectEqual(versions, 2 * moves, 'each commit that was answered with applied wrote both')
      expectTrue(moves > 0, 'some commits went through')
    },
  },
  {
    id: 'races:mixed-kinds',
    behaviour: 'neither blocks nor fails when commits touch settings, records and accounts in different orders',
    run: async (harness) => {
      const storages = await twoConnections(harness)
      const agents = times(3, () => agentRecord())
      await stored(harness.storage, 'agent', ...agents)
      const [first, second] = [accountOf(), accountOf()]
      const task = await storedTask(harness.storage)
      let moved = 0
      const work = async (storage: Storage, seed: number) => {
        for (let round = 0; round < 8; round++) {
          const refs = agents.map(({ id }) => ({ kind: 'agent', id }) as const)
          const { records } = await storage.load({ records: [...refs, { kind: 'task', id: task.id }] })
          const seen = records.slice(0, 3) as RecordOf<'agent'>[]
          const current = records[3] as RecordOf<'task'>
          const accounts = seed % 2 === 0 ? [first, second] : [second, first]
          const adds = accounts.map((account) => ({ account, reserved: 1, settled: 0, limit: null }))
          const agent = seen[(seed + round) % 3]
          const puts =
            seed % 3 === 0 && agent !== undefined
              ? [put('task', changed(current, {})), put('agent', changed(agent, {}))]
              : [put('liveness', livenessRecord()), put('task', changed(current, {}))]
          const checks = seed % 3 === 0 ? [] : seen.map((one) => reliesOn('agent', one))
          const outcome = await storage.commit(writing(puts, { checks: seed % 2 ? checks : checks.reverse(), adds }))
          if (outcome.status === 'applied') moved++
        }
      }
      await Promise.all(times(12, (at) => work(storages[at % 2 === 0 ? 0 : 1], at)))
      const { balances, records } = await harness.storage.load({
        accounts: [first, second],
        records: [{ kind: 'task', id: task.id }],
      })
      const sums = balances.map(({ reserved }) => reserved)
      expectEqual([...sums, (records[0]?.version ?? 0) - 1], [moved, moved, moved], 'each that was applied counts once')
      expectTrue(moved > 0, 'some commits went through')
    },
  },
  {
    id: 'races:lost-update',
    behaviour: 'loses no update when many count up one record and look again whenever they are stale',
    run: async (harness) => {
      const storages = await twoConnections(harness)
      const row = livenessRecord()
      await stored(harness.storage, 'liveness', row)
      const work = async (storage: Storage) => {
        for (let done = 0; done < 5; ) {
          const seen = await recordNow(storage, 'liveness', row.id)
          expectTrue(seen !== null, 'the record is there')
          const next = changed(seen, { errorStreak: seen.errorStreak + 1 })
          if ((await storage.commit(inserting('liveness', next))).status === 'applied') done++
        }
      }
      await Promise.all(times(8, (at) => work(storages[at % 2 === 0 ? 0 : 1])))
      const last = await recordNow(harness.storage, 'liveness', row.id)
      expectEqual([last?.errorStreak, last?.version], [40, 41], 'each step counts')
    },
  },
  {
    id: 'races:same-id',
    behaviour: 'lets one of several new records of the same id be written',
    run: async (harness) => {
      const storages = await twoConnections(harness)
      for (const kind of ['task', 'agent', 'usageLine'] as const) {
        const record = FIXTURES[kind]() as RecordOf<Kind>
        const rivals = times(8, (at) => ({ ...record, updatedAt: record.createdAt + at }))
        const outcomes = await atOnce(
          storages,
          rivals.map((rival) => inserting(kind as Kind, rival)),
        )
        expectEqual(appliedOf(outcomes), 1, `one ${kind} is written`)
        const winner = rivals[outcomes.findIndex(({ status }) => status === 'applied')]
        expectEqual(await recordNow(harness.storage, kind as Kind, record.id), winner, 'the one that was answered so')
      }
    },
  },
  {
    id: 'races:unique',
    behaviour: 'lets one of several records with the same unique key be written',
    run: async (harness) => {
      const storages = await twoConnections(harness)
      const slug = 'the-same'
      const projects = times(10, () => inserting('project', projectRecord({ slug })))
      const outcomes = await atOnce(storages, projects)
      expectEqual(appliedOf(outcomes), 1, 'one has the slug')
      for (const outcome of outcomes) if (outcome.status === 'stale') expectStale(outcome, { kind: 'unique' })
      const request = { lookup: 'projectBySlug', values: [slug], limit: 10 } as const
      expectEqual((await harness.storage.load({ lookups: [request] })).lookups[0]?.length, 1, 'one is there')

      const [runId, callId, account] = [newId('run'), 'call', accountOf()]
      const adds = [{ account, reserved: 0, settled: 9, limit: null }]
      const lines = times(10, () => commitOf({ puts: [put('usageLine', usageLineRecord({ runId, callId }))], adds }))
      expectEqual(appliedOf(await atOnce(storages, lines)), 1, 'a use is reported once')
      expectEqual(await balanceNow(harness.storage, account), { reserved: 0, settled: 9 }, 'and paid once')
    },
  },
  {
    id: 'races:receipt',
    behaviour: 'lets one of several commits with the same receipt key be applied, whatever their hashes',
    run: async (harness) => {
      const storages = await twoConnections(harness)
      const expiresAt = (await harness.storage.queries.now()) + 60_000
      for (const isSame of [true, false]) {
        const [key, tasks] = [receiptKey(), times(10, () => taskRecord())]
        const commits = tasks.map((task, at) => {
          const requestHash = isSame ? 'same' : `hash ${at}`
          const receipt = { key, receipt: receiptUntil(expiresAt, { requestHash, response: task.id }) }
          return inserting('task', task, { receipt })
        })
        const outcomes = await atOnce(storages, commits)
        expectEqual(appliedOf(outcomes), 1, 'one has the key')
        for (const outcome of outcomes) if (outcome.status === 'stale') expectStale(outcome, { kind: 'receipt' })
        const winner = tasks[outcomes.findIndex(({ status }) => status === 'applied')]
        const { records, receipt } = await harness.storage.load({
          records: tasks.map(({ id }) => ({ kind: 'task', id })),
          receipt: key,
        })
        expectEqual(
          records.filter((task) => task !== null),
          [winner],
          'the task of one',
        )
        expectEqual(receipt?.response, winner?.id, 'and its answer')
      }
    },
  },
  {
    id: 'races:receipt-of-money',
    behaviour: 'moves money once when several commits of money alone have the same receipt key',
    run: async (harness) => {
      const storages = await twoConnections(harness)
      const expiresAt = (await harness.storage.queries.now()) + 60_000
      for (let round = 0; round < 5; round++) {
        const [account, key] = [accountOf(), receiptKey()]
        const adds = [{ account, reserved: 10, settled: 0, limit: null }]
        const receipt = { key, receipt: receiptUntil(expiresAt) }
        // Without events and records the receipt alone tells that it is the same.
        const outcomes = await atOnce(
          storages,
          times(8, () => commitOf({ adds, receipt, events: [] })),
        )
        expectEqual(appliedOf(outcomes), 1, 'one is applied')
        expectEqual(await balanceNow(storages[1], account), { reserved: 10, settled: 0 }, 'the money moved once')
      }
    },
  },
  {
    id: 'races:receipt-expired',
    behaviour: 'lets one of several commits take over a key whose answer has expired',
    run: async (harness) => {
      const storages = await twoConnections(harness)
      const [account, key] = [accountOf(), receiptKey()]
      const adds = [{ account, reserved: 10, settled: 0, limit: null }]
      const old = receiptUntil((await harness.storage.queries.now()) + 60_000)
      await committed(harness.storage, commitOf({ receipt: { key, receipt: old } }))
      await harness.advance(61_000)
      const receipt = { key, receipt: receiptUntil((await harness.storage.queries.now()) + 60_000) }
      // The harness moves the clock of its own connection; another one need not follow.
      const outcomes = await atOnce(
        [storages[0], storages[0]],
        times(8, () => commitOf({ adds, receipt })),
      )
      expectEqual(appliedOf(outcomes), 1, 'one is applied')
      expectEqual(await balanceNow(harness.storage, account), { reserved: 10, settled: 0 }, 'the money moved once')
    },
  },
  {
    id: 'races:stale-neighbours',
    behaviour: 'applies every commit that nothing speaks against, however many stale ones are sent with it',
    run: async (harness) => {
      const storages = await twoConnections(harness)
      const agent = agentRecord()
      await stored(harness.storage, 'agent', agent)
      const gone = { kind: 'agent', id: newId('agt'), version: 3 } as const
      const [full, key] = [accountOf(), receiptKey()]
      const expiresAt = (await harness.storage.queries.now()) + 60_000
      const receipt = { key, receipt: receiptUntil(expiresAt) }
      await committed(harness.storage, commitOf({ receipt }))
      const commits = times(40, (at) => {
        const task = taskRecord()
        const checks = [reliesOn('agent', agent)]
        if (at % 5 === 1) return inserting('task', task, { checks: [...checks, gone] })
        if (at % 5 === 2)
          return inserting('task', task, { adds: [{ account: full, reserved: 1, settled: 0, limit: 0 }] })
        if (at % 5 === 3) return inserting('task', task, { checks, receipt })
        return inserting('task', task, { checks })
      })
      const outcomes = await atOnce(storages, commits)
      const statuses = outcomes.map(({ status }) => status)
      const expected = times(40, (at) => (at % 5 === 0 || at % 5 === 4 ? 'applied' : 'stale'))
      expectEqual(statuses, expected, 'each is answered by itself')
      await settled(harness.storage)
      const { records } = await harness.storage.load({
        records: commits.map(({ puts }) => ({ kind: 'task', id: puts[0]?.record.id ?? '' })),
      })
      expectEqual(
        records.map((task) => (task === null ? 'stale' : 'applied')),
        expected,
        'and written accordingly',
      )
    },
  },
]
