import {
  type Commit,
  type CommitOutcome,
  type FilterValue,
  isMissionControlError,
  type RecordOf,
  type Storage,
} from '@mission-control/core/storage'
import type { ConformanceCase } from './case.ts'
import {
  balanceNow,
  changed,
  claimedBy,
  commitOf,
  put,
  recordNow,
  reliesOn,
  stored,
  storedTask,
  writing,
} from './commits.ts'
import { expectEqual, expectFault, expectTrue } from './expect.ts'
import { accountOf, agentRecord, newId, receiptKey, receiptUntil, taskRecord } from './fixtures.ts'

type Task = RecordOf<'task'>

const CALLERS = 12
const APPLIED: CommitOutcome = { status: 'applied' }

function times<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: count }, (_, at) => make(at))
}

async function storedTasks(storage: Storage, count = CALLERS): Promise<Task[]> {
  const tasks = times(count, () => taskRecord())
  await stored(storage, 'task', ...tasks)
  return tasks
}

/** A claim of each task. Sent at once on one connection, so that a store which bundles calls has something to bundle. */
function claimsOf(tasks: readonly Task[]): Commit[] {
  return tasks.map((task) => writing(claimedBy(task, newId('agt')).puts))
}

function sendAll(storage: Storage, commits: readonly Commit[]): Promise<CommitOutcome[]> {
  return Promise.all(commits.map((commit) => storage.commit(commit)))
}

function isEveryThird(at: number): boolean {
  return at % 3 === 1
}

/** That each commit had the fate it should, as the tasks show. */
async function expectFates(
  storage: Storage,
  tasks: readonly Task[],
  isApplied: (at: number) => boolean,
): Promise<void> {
  for (const [at, task] of tasks.entries()) {
    const now = await recordNow(storage, 'task', task.id)
    expectEqual(now?.status, isApplied(at) ? 'ASSIGNED' : 'INBOX', `task ${at + 1} of ${tasks.length}`)
  }
}

function expectNothingShared(objects: readonly unknown[]): void {
  for (const [at, object] of objects.entries()) {
    const isOwn = objects.indexOf(object) === at || Object.isFrozen(object)
    expectTrue(isOwn, `what answer ${at + 1} gives is its own, or cannot be changed`)
  }
}

/** Many callers at once on one connection: a store may serve them together, but nobody may notice. */
export const togetherCases: readonly ConformanceCase[] = [
  {
    id: 'together:stale-records',
    behaviour: 'tells each of many commits sent at once its own truth when some rely on old records',
    run: async ({ storage }) => {
      const tasks = await storedTasks(storage)
      const others = await storedTasks(storage)
      await Promise.all(
        others
          .filter((_, at) => isEveryThird(at))
          .map((task) => storage.commit(writing([put('task', changed(task, {}))]))),
      )
      const commits = tasks.map((task, at) =>
        writing(claimedBy(task, newId('agt')).puts, { checks: [reliesOn('task', others[at] ?? task)] }),
      )
      for (const [at, outcome] of (await sendAll(storage, commits)).entries()) {
        const because = [{ kind: 'task' as const, id: others[at]?.id ?? '' }]
        expectEqual(outcome, isEveryThird(at) ? { status: 'stale', because } : APPLIED, `commit ${at + 1}`)
      }
      await expectFates(storage, tasks, (at) => !isEveryThird(at))
    },
  },
  {
    id: 'together:stale-settings',
    behaviour:
      'applies the commits sent at once that rely on settings as they are, and not those that rely on old ones',
    run: async ({ storage }) => {
      const tasks = await storedTasks(storage)
      const [calm, paused] = [agentRecord(), agentRecord()]
      await stored(storage, 'agent', calm, paused)
      await storage.commit(writing([put('agent', changed(paused, { status: 'PAUSED', pausedBy: 'OPERATOR' }))]))
      const commits = tasks.map((task, at) =>
        writing(claimedBy(task, newId('agt')).puts, { checks: [reliesOn('agent', isEveryThird(at) ? paused : calm)] }),
      )
      for (const [at, outcome] of (await sendAll(storage, commits)).entries()) {
        const because = [{ kind: 'agent' as const, id: paused.id }]
        expectEqual(outcome, isEveryThird(at) ? { status: 'stale', because } : APPLIED, `commit ${at + 1}`)
      }
      await expectFates(storage, tasks, (at) => !isEveryThird(at))
    },
  },
  {
    id: 'together:taken-keys',
    behaviour: 'applies what was sent at once with commits whose keys are taken',
    run: async ({ storage }) => {
      const tasks = await storedTasks(storage)
      const key = receiptKey()
      const receipt = { key, receipt: receiptUntil(Number.MAX_SAFE_INTEGER) }
      expectEqual(await storage.commit(commitOf({ receipt })), APPLIED, 'the key is taken')
      const commits = claimsOf(tasks).map((commit, at) => (isEveryThird(at) ? { ...commit, receipt } : commit))
      for (const [at, outcome] of (await sendAll(storage, commits)).entries()) {
        const because = [{ kind: 'receipt' as const, id: key.key }]
        expectEqual(outcome, isEveryThird(at) ? { status: 'stale', because } : APPLIED, `commit ${at + 1}`)
      }
      await expectFates(storage, tasks, (at) => !isEveryThird(at))
    },
  },
  {
    id: 'together:faults',
    behaviour: 'applies what was sent at once with a commit that is a bug, and tells only its caller',
    run: async ({ storage }) => {
      const tasks = await storedTasks(storage)
      const calls = tasks.map((task, at) => {
        const { puts } = claimedBy(task, newId('agt'))
        // A status without the row that says why is refused by every store.
        return storage.commit(writing(isEveryThird(at) ? puts.filter(({ kind }) => kind === 'task') : puts))
      })
      await Promise.allSettled(calls)
      for (const [at, call] of calls.entries()) {
        if (isEveryThird(at)) await expectFault(call, 'INTERNAL', `commit ${at + 1}`)
        else expectEqual(await call, APPLIED, `commit ${at + 1}`)
      }
      await expectFates(storage, tasks, (at) => !isEveryThird(at))
    },
  },
  {
    id: 'together:one-account',
    behaviour: 'never passes the limit of an account that many commits sent at once move, refused ones among them',
    run: async ({ storage }) => {
      const account = accountOf()
      const tasks = await storedTasks(storage)
      const gone = await storedTasks(storage)
      const amounts = times(CALLERS, (at) => 3 + (at % 4))
      const commits = tasks.map((task, at) => {
        const checks = isEveryThird(at) ? [{ kind: 'task' as const, id: gone[at]?.id ?? '', version: 7 }] : []
        const adds = [{ account, reserved: amounts[at] ?? 0, settled: 0, limit: 20 }]
        return writing(claimedBy(task, newId('agt')).puts, { checks, adds })
      })
      const outcomes = await sendAll(storage, commits)
      const isApplied = (at: number) => outcomes[at]?.status === 'applied'
      const sum = amounts.reduce((total, amount, at) => total + (isApplied(at) ? amount : 0), 0)
      expectEqual(await balanceNow(storage, account), { reserved: sum, settled: 0 }, 'the balance is what was applied')
      expectTrue(sum > 0 && sum <= 20, `some are applied and the limit of 20 holds (${sum})`)
      expectTrue(
        !outcomes.some((outcome, at) => isEveryThird(at) && outcome.status === 'applied'),
        'none that was stale',
      )
      await expectFates(storage, tasks, isApplied)
    },
  },
  {
    id: 'together:looks',
    behaviour: 'gives each of many looks sent at once what it asked for, in objects that nobody else can change',
    run: async ({ storage }) => {
      const tasks = await storedTasks(storage)
      const shared = await storedTask(storage)
      const loads = await Promise.all(
        tasks.map(({ id }, at) =>
          storage.load({
            records: [id, shared.id, newId('tsk')].map((one) => ({ kind: 'task' as const, id: one })),
            lookups: [{ lookup: 'transitionsOfTask', values: [id, at], limit: 1 }],
            accounts: [accountOf()],
          }),
        ),
      )
      for (const [at, { records, lookups, balances }] of loads.entries()) {
        expectEqual(records, [tasks[at], shared, null], `look ${at + 1}`)
        expectEqual([lookups, balances], [[[]], [{ reserved: 0, settled: 0 }]], `lists of look ${at + 1}`)
        for (const [later, other] of loads.slice(at + 1).entries()) {
          const isOwn = records[1] !== other.records[1] || Object.isFrozen(records[1])
          expectTrue(isOwn, `looks ${at + 1} and ${at + later + 2} share nothing that can be changed`)
        }
      }
    },
  },
  {
    id: 'together:equal-lookups',
    behaviour: 'gives each of many looks that ask the same the same rows, in objects that nobody else can change',
    run: async ({ storage }) => {
      const [one, other] = [await storedTask(storage), await storedTask(storage)]
      const claims = await sendAll(
        storage,
        [one, other].map((task) => writing(claimedBy(task, newId('agt')).puts)),
      )
      expectEqual(claims, [APPLIED, APPLIED], 'the claims')
      const holders = await Promise.all([one, other].map(({ id }) => recordNow(storage, 'task', id)))
      const loads = await Promise.all(
        times(CALLERS, (at) => {
          const holder = holders[isEveryThird(at) ? 1 : 0]?.assigneeIds[0] ?? ''
          return storage.load({ lookups: [{ lookup: 'tasksOfAssignee', values: [holder], limit: 5 }] })
        }),
      )
      for (const [at, { lookups }] of loads.entries()) {
        expectEqual(lookups, [[holders[isEveryThird(at) ? 1 : 0]]], `look ${at + 1}`)
      }
      expectNothingShared(loads.map(({ lookups }) => lookups[0]?.[0]))
    },
  },
  {
    id: 'together:pages',
    behaviour: 'gives each of many pages asked for at once its own rows, equal pages too, and each its own fault',
    run: async ({ storage }) => {
      const tasks = await storedTasks(storage)
      const pageOf = (id: FilterValue) =>
        storage.queries.page({
          kind: 'task',
          filters: [
            { field: 'id', op: 'eq', value: id },
            { field: 'status', op: 'in', value: ['INBOX', 'DONE'] },
          ],
          limit: 3,
        })
      const pages = await Promise.all(tasks.map(({ id }, at) => pageOf(isEveryThird(at) ? (tasks[0]?.id ?? '') : id)))
      for (const [at, { rows, next }] of pages.entries()) {
        expectEqual([rows, next], [[tasks[isEveryThird(at) ? 0 : at]], null], `page ${at + 1}`)
      }
      expectNothingShared(pages.map(({ rows }) => rows[0]))
      const beyond = storage.queries.page({
        kind: 'task',
        filters: [{ field: 'priority', op: 'lt', value: 1e300 }],
        limit: 3,
      })
      const within = tasks.map(() =>
        storage.queries.page({ kind: 'task', filters: [{ field: 'priority', op: 'lt', value: 10 }], limit: 3 }),
      )
      const [fault, ...answers] = await Promise.allSettled([beyond, ...within])
      for (const answer of answers) expectEqual(answer.status, 'fulfilled', 'a page beside one that cannot be asked')
      // A store may know numbers that large, or refuse them; what it must not do is break.
      if (fault?.status === 'rejected') expectTrue(isMissionControlError(fault.reason), 'the refused page is told why')
    },
  },
]
