import { createMemoryStorage } from '@mission-control/adapter-memory'
import type { Task } from '@mission-control/core'
import { accountKey, type Balance, type Storage } from '@mission-control/core/storage'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTestHarness, TEST_START_AT } from '../../src/index.ts'
import { type Command, commandArbitrary, type Ran, type World, world } from '../commands.ts'

const SEQUENCES = 20
const COMMANDS_MAX = 40
/** Commands that an agent sends with its epoch and that write on its task. */
const FENCED: readonly Command['kind'][] = ['start', 'complete', 'runStart']

/** What every sequence begins with: one task in REVIEW, so that the ways to DONE are near. */
const PRELUDE: readonly Command[] = [
  { kind: 'claimAndStart', who: 0, on: 0, how: 1, isStale: false },
  { kind: 'complete', who: 0, on: 0, how: 1, isStale: false },
]

let worlds = 0

async function memoryWorld(): Promise<World> {
  let storage: Storage | undefined
  const h = await createTestHarness({
    startAt: TEST_START_AT + 900_000_000 + ++worlds * 86_400_000,
    storage: (clock) => {
      storage = createMemoryStorage({ clock })
      return storage
    },
  })
  if (storage === undefined) throw new Error('the harness made no storage')
  return world(h, storage)
}

async function tasksOf(w: World): Promise<readonly Task[]> {
  return (await w.storage.queries.page({ kind: 'task', projectId: w.h.projectId, limit: 200 })).rows
}

/** DONE only with one used COMPLETE_TASK approval of this very submission, given by nobody who worked on it. */
async function expectApprovedWhereDone(w: World): Promise<number> {
  const { rows: approvals } = await w.storage.queries.page({ kind: 'approval', projectId: w.h.projectId, limit: 200 })
  const done = (await tasksOf(w)).filter(({ status }) => status === 'DONE')
  for (const task of done) {
    const used = approvals.filter(
      ({ actionType, taskId, status, usedAt }) =>
        actionType === 'COMPLETE_TASK' && taskId === task.id && status === 'APPROVED' && usedAt !== null,
    )
    expect(used, `${task.id} is DONE`).toHaveLength(1)
    expect(used[0]?.payload).toMatchObject({ submission: task.submission, deliverableHash: task.deliverable?.hash })
    const workers = w.agents.filter(({ id }) => task.workedBy.includes(id)).map(({ principalId }) => principalId)
    expect(used[0]?.decisions.filter(({ principalId }) => workers.includes(principalId))).toEqual([])
  }
  return done.length
}

/**
 * Never below nothing, and nothing is held beyond a cap: a command that raises what is held leaves the account within
 * its cap. Money that was spent without a hold is booked all the same, and only makes room smaller.
 */
async function expectSoundBalances(w: World, before: Map<string, Balance>): Promise<number> {
  const capOf = await caps(w)
  let raised = 0
  for (const { account, balance } of await w.storage.queries.balances({ projectId: w.h.projectId, limit: 200 })) {
    expect(balance.reserved, account).toBeGreaterThanOrEqual(0)
    expect(balance.settled, account).toBeGreaterThanOrEqual(0)
    const cap = capOf(account)
    if (cap !== null && balance.reserved > (before.get(account)?.reserved ?? 0)) {
      expect(balance.reserved + balance.settled, account).toBeLessThanOrEqual(cap)
      raised++
    }
    before.set(account, balance)
  }
  return raised
}

async function caps(w: World): Promise<(account: string) => number | null> {
  const request = { projectId: w.h.projectId, limit: 200 }
  const { rows: budgets } = await w.storage.queries.page({ ...request, kind: 'budget' })
  const { rows: runs } = await w.storage.queries.page({ ...request, kind: 'run' })
  const { rows: agents } = await w.storage.queries.page({ ...request, kind: 'agent' })
  const standing = new Map<string, number>([
    ...runs.map(({ id, capMicros }) => [id, capMicros] as const),
    ...agents.map(({ id, budgetDailyMicros }) => [id, budgetDailyMicros] as const),
    ...(await tasksOf(w)).map(({ id, budgetAllocatedMicros }) => [id, budgetAllocatedMicros] as const),
  ])
  return (account) => {
    const key = accountKey(account)
    if (key === null || key.metric !== 'USD') return null
    const budget = budgets.find(({ scopeId, window }) => scopeId === key.scopeId && window === key.window)
    const cap = budget?.cap ?? standing.get(key.scopeId)
    if (cap === undefined) return null
    const approved = budget?.adjustments.filter(({ windowKey }) => windowKey === key.windowKey) ?? []
    return approved.reduce((sum, { amount }) => sum + amount, cap)
  }
}

/** A command with an epoch that is not the task's any more leaves the task as it was, and opens no run. */
function expectNothingWritten(command: Command, ran: Ran, before: Task | undefined, after: Task | undefined): boolean {
  const isOld = before !== undefined && ran.epoch !== null && ran.epoch < before.epoch
  if (!(isOld && FENCED.includes(command.kind))) return false
  expect(after, JSON.stringify(command)).toEqual(before)
  if (command.kind === 'runStart') expect(ran.code).not.toBe('ok')
  return true
}

test('under the built-in rules: nothing is DONE unapproved, an old epoch writes nothing, balances stay sound', async () => {
  let [done, stale, held] = [0, 0, 0]
  await fc.assert(
    fc.asyncProperty(
      fc.array(commandArbitrary(), { minLength: 15, maxLength: COMMANDS_MAX, size: 'max' }),
      async (commands) => {
        const w = await memoryWorld()
        const balances = new Map<string, Balance>()
        for (const command of [...PRELUDE, ...commands]) {
          const before = new Map((await tasksOf(w)).map((task) => [task.id, task]))
          const ran = await w.run(command)
          const after = (await tasksOf(w)).find(({ id }) => id === ran.taskId)
          if (expectNothingWritten(command, ran, before.get(ran.taskId ?? ''), after)) stale++
          held += await expectSoundBalances(w, balances)
        }
        done += await expectApprovedWhereDone(w)
        await w.h.close()
      },
    ),
    { numRuns: SEQUENCES, seed: 20260105, endOnFailure: true },
  )
  // The sequences do reach what they are to prove something about.
  expect(done).toBeGreaterThan(5)
  expect(stale).toBeGreaterThan(0)
  expect(held).toBeGreaterThan(10)
}, 60_000)
