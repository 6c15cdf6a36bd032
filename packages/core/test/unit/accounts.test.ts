import { unwrap } from '@mission-control/core'
import { accountKey } from '@mission-control/core/storage'
import type { TestAgent } from '@mission-control/testing'
import { describe, expect, test } from 'vitest'
import { type BudgetScene, budgetScene, codeOf, costing, MODEL, USD } from './budget-scene.ts'

const START = { sessionKey: 's', model: MODEL }
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

type Cap = Parameters<BudgetScene['h']['admin']['budgets']['set']>[0]

async function capped(caps: readonly Omit<Cap, 'scopeId' | 'scopeType'>[], startAt?: number, timeZone?: string) {
  const s = await budgetScene({
    ...(startAt === undefined ? {} : { startAt }),
    ...(timeZone === undefined ? {} : { timeZone }),
  })
  const worker = await s.agent({ budgetDailyMicros: 20 * USD, budgetPerRunMicros: USD })
  for (const cap of caps) unwrap(await s.h.admin.budgets.set({ scopeType: 'AGENT', scopeId: worker.id, ...cap }))
  return { s, worker }
}

async function spend(worker: TestAgent, costMicros: number): Promise<string> {
  // Whoever was silent for long is OFFLINE; a beat revives it.
  unwrap(await worker.client.agents.heartbeat({ sessionKey: 's', health: 'HEALTHY', currentTaskId: null }))
  const started = await worker.client.runs.start({ ...START, estimatedCostMicros: costMicros })
  if (!started.ok) return codeOf(started)
  const end = { runId: started.data.run.id, lines: [costing(costMicros, 'a')] }
  return codeOf(await worker.client.runs.complete(end))
}

/** Lets much time pass at once; what falls due on the way is done at its end. */
async function later(s: BudgetScene, ms: number): Promise<void> {
  s.h.clock.advance(ms)
  await s.h.mc.jobs.runDue()
}

async function accountsOf(s: BudgetScene, metric: string) {
  const rows = await s.storage.queries.balances({ projectId: s.h.projectId, limit: 200 })
  return rows.filter(({ account }) => accountKey(account)?.metric === metric)
}

/** I3: what stands on an account is the sum of its entries. */
async function expectSums(s: BudgetScene): Promise<void> {
  const entries = await s.rows('ledgerEntry')
  const rows = await s.storage.queries.balances({ projectId: s.h.projectId, limit: 200 })
  for (const { account, balance } of rows) {
    const own = entries.filter(({ accountId }) => accountId === account)
    const sum = (field: 'reserved' | 'settled') => own.reduce((total, entry) => total + entry[field], 0)
    expect({ reserved: sum('reserved'), settled: sum('settled') }, account).toEqual(balance)
  }
}

describe('windows of money', () => {
  // 2026-03-29 is the Sunday on which Berlin loses an hour; the week and the day end an hour early.
  const SATURDAY = Date.parse('2026-03-28T12:00:00Z')

  test('a week ends with its Sunday in the zone of the project, also one that is an hour short', async () => {
    const { s, worker } = await capped([{ window: 'WEEK', capMicros: USD }], SATURDAY, 'Europe/Berlin')
    expect(await spend(worker, 600_000)).toBe('ok')
    expect(await spend(worker, 600_000)).toBe('BUDGET_EXCEEDED')
    await later(s, DAY_MS)
    expect(await spend(worker, 600_000)).toBe('BUDGET_EXCEEDED')
    // Monday 00:00 in Berlin is 22:00 UTC on Sunday.
    await later(s, 10 * HOUR_MS - 60_000)
    expect(await spend(worker, 600_000)).toBe('BUDGET_EXCEEDED')
    await later(s, 60_000)
    expect(await spend(worker, 600_000)).toBe('ok')
    expect(await s.balance('AGENT', worker.id, '2026-W13')).toEqual({ reserved: 0, settled: 600_000 })
    expect(await s.balance('AGENT', worker.id, '2026-W14')).toEqual({ reserved: 0, settled: 600_000 })
    await expectSums(s)
  })

  test('a month and a lifetime hold together with the day: what lacks room in one is refused on all', async () => {
    const month = { window: 'MONTH', capMicros: USD } as const
    const lifetime = { window: 'LIFETIME', capMicros: 1_500_000 } as const
    const { s, worker } = await capped([month, lifetime], SATURDAY)
    expect(await spend(worker, USD)).toBe('ok')
    const refused = await worker.client.runs.start({ ...START, estimatedCostMicros: 1 })
    expect(refused).toMatchObject({ ok: false, error: { code: 'BUDGET_EXCEEDED' } })
    const fields = refused.ok ? [] : refused.error.errors?.map(({ field }) => field)
    expect(fields).toEqual([`${s.h.projectId}/AGENT/${worker.id}/USD/MONTH/2026-03`])
    // The day is not the cause, so the agent is not paused.
    expect(unwrap(await s.h.admin.agents.get({ agentId: worker.id })).agent.status).toBe('ACTIVE')
    await later(s, 4 * DAY_MS)
    expect(await spend(worker, USD)).toBe('BUDGET_EXCEEDED')
    expect(await spend(worker, 500_000)).toBe('ok')
    await expectSums(s)
  })

  test('the whole project has a week as well, and starts at once never pass it', async () => {
    const s = await budgetScene()
    const cap = { scopeType: 'PROJECT', scopeId: s.h.projectId, window: 'WEEK', capMicros: USD } as const
    unwrap(await s.h.admin.budgets.set(cap))
    const agents = await Promise.all(Array.from({ length: 6 }, () => s.agent({ budgetPerRunMicros: 300_000 })))
    const starts = await Promise.all(agents.map(({ client }) => client.runs.start(START)))
    expect(starts.filter(({ ok }) => ok)).toHaveLength(3)
    const [week] = (await accountsOf(s, 'USD')).filter(({ account }) => account.includes('/PROJECT/'))
    expect(week?.balance.reserved).toBeLessThanOrEqual(USD)
  })

  test('a cap that is taken away holds nobody any more, and one that is set holds the next start', async () => {
    const { s, worker } = await capped([{ window: 'WEEK', capMicros: 0 }])
    expect(await spend(worker, 1)).toBe('BUDGET_EXCEEDED')
    const week = { scopeType: 'AGENT', scopeId: worker.id, window: 'WEEK' } as const
    unwrap(await s.h.admin.budgets.set({ ...week, capMicros: null }))
    expect(await spend(worker, 1)).toBe('ok')
    unwrap(await s.h.admin.budgets.set({ ...week, capMicros: 1 }))
    expect(await spend(worker, 2)).toBe('BUDGET_EXCEEDED')
  })
})

describe('runs', () => {
  test('each holds one: of ten starts at once as many are accepted as the cap says', async () => {
    const { s, worker } = await capped([{ metric: 'RUNS', cap: 3 }])
    const starts = await Promise.all(Array.from({ length: 10 }, () => worker.client.runs.start(START)))
    expect(starts.filter(({ ok }) => ok)).toHaveLength(3)
    expect((await accountsOf(s, 'RUNS')).map(({ balance }) => balance)).toEqual([{ reserved: 3, settled: 0 }])
    for (const started of starts) {
      if (started.ok) unwrap(await worker.client.runs.fail({ runId: started.data.run.id, error: 'broke' }))
    }
    expect((await accountsOf(s, 'RUNS')).map(({ balance }) => balance)).toEqual([{ reserved: 0, settled: 3 }])
    expect(await spend(worker, 1)).toBe('BUDGET_EXCEEDED')
    const [asked] = await s.rows('approval')
    expect(asked).toMatchObject({ actionType: 'BUDGET_OVERRIDE', estimatedCostMicros: null })
    expect(asked?.actionSummary).toContain('2 runs')
    await later(s, DAY_MS)
    expect(await spend(worker, 1)).toBe('ok')
    await expectSums(s)
  })
})

describe('tokens', () => {
  const tokens = (input: number, callId: string) => ({ callId, tokens: { input }, costMicros: 1 })

  test('hold nothing; the report that reaches the cap stops the run, and a raise lets the next one start', async () => {
    const { s, worker } = await capped([{ metric: 'TOKENS', window: 'DAY', cap: 1000 }])
    const { taskId, epoch } = await s.task(worker)
    const { run } = unwrap(await worker.client.runs.start({ ...START, taskId, epoch }))
    const report = (line: object) => worker.client.runs.report({ runId: run.id, lines: [line as never] })
    expect(unwrap(await report(tokens(999, 'a'))).directive).toBe('CONTINUE')
    expect(unwrap(await report(tokens(999, 'a'))).directive).toBe('CONTINUE')
    const stopped = unwrap(await report(tokens(301, 'b')))
    expect(stopped).toMatchObject({ directive: 'STOP', run: { stopReason: 'BUDGET' } })
    const [asked] = await s.rows('approval')
    expect(asked?.actionSummary).toContain('500 tokens')
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).status).toBe('NEEDS_APPROVAL')
    expect((await s.rows('alert')).map(({ type }) => type).sort()).toEqual(['BUDGET_EXCEEDED', 'BUDGET_OVERRUN'])
    unwrap(await worker.client.runs.complete({ runId: run.id, lines: [tokens(100, 'c')] }))
    const day = (await accountsOf(s, 'TOKENS')).find(({ account }) => account.includes('/AGENT/'))
    expect(day?.balance).toEqual({ reserved: 0, settled: 1400 })
    expect(await spend(worker, 1)).toBe('BUDGET_EXCEEDED')
    const approvalId = asked?.id as string
    unwrap(await s.operator.approvals.decide({ approvalId, verdict: 'APPROVE', reason: 'worth it' }))
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).status).toBe('IN_PROGRESS')
    expect(await spend(worker, 1)).toBe('ok')
    await expectSums(s)
  })

  test('that come late count once, and nothing else of the run moves', async () => {
    const { s, worker } = await capped([{ metric: 'TOKENS', window: 'MONTH', cap: 1000 }])
    const { run } = unwrap(await worker.client.runs.start(START))
    unwrap(await worker.client.runs.complete({ runId: run.id, lines: [tokens(10, 'a')] }))
    const late = { runId: run.id, lines: [tokens(5, 'late'), tokens(10, 'a')] }
    await Promise.all([worker.client.runs.report(late), worker.client.runs.report(late)])
    expect((await accountsOf(s, 'TOKENS')).map(({ balance }) => balance.settled)).toEqual([15, 15])
    await expectSums(s)
  })
})

describe('time', () => {
  test('counts from report to report and to the end, and stops the run at the cap', async () => {
    const { s, worker } = await capped([{ metric: 'WALLCLOCK_MS', window: 'DAY', cap: 600_000 }])
    const { run } = unwrap(await worker.client.runs.start(START))
    const report = (callId: string) => worker.client.runs.report({ runId: run.id, lines: [costing(1, callId)] })
    const settled = async () =>
      (await accountsOf(s, 'WALLCLOCK_MS')).find(({ account }) => account.includes('/AGENT/'))?.balance.settled ?? 0
    await s.h.advance(240_000)
    expect(unwrap(await report('a')).directive).toBe('CONTINUE')
    expect(await settled()).toBe(240_000)
    await s.h.advance(60_000)
    unwrap(await report('b'))
    expect(await settled()).toBe(300_000)
    await s.h.advance(300_000)
    expect(unwrap(await report('c')).directive).toBe('STOP')
    unwrap(await worker.client.runs.complete({ runId: run.id }))
    expect(await settled()).toBe(600_000)
    expect(await spend(worker, 1)).toBe('BUDGET_EXCEEDED')
    await expectSums(s)
  })

  test('of a run that fell silent counts to its last report', async () => {
    const { s, worker } = await capped([{ metric: 'WALLCLOCK_MS', window: 'LIFETIME', cap: 10 * HOUR_MS }])
    const { run } = unwrap(await worker.client.runs.start(START))
    await s.h.advance(60_000)
    unwrap(await worker.client.runs.report({ runId: run.id, lines: [costing(1, 'a')] }))
    await s.h.advance(2 * HOUR_MS)
    expect(unwrap(await s.h.admin.runs.get({ runId: run.id })).status).toBe('TIMEOUT')
    expect((await accountsOf(s, 'WALLCLOCK_MS')).map(({ balance }) => balance.settled)).toEqual([60_000, 60_000])
  })
})

describe('budgets.list', () => {
  test('shows each account with the cap that holds there, set or by default, and nothing beyond its sums (I2)', async () => {
    const { s, worker } = await capped([{ window: 'WEEK', capMicros: 3 * USD }])
    const { taskId, epoch } = await s.task(worker)
    const { run } = unwrap(await worker.client.runs.start({ ...START, taskId, epoch }))
    unwrap(await worker.client.runs.report({ runId: run.id, lines: [costing(400_000, 'a')] }))
    const { data } = unwrap(await s.operator.budgets.list({}))
    const caps = data.map(({ scopeType, window, cap }) => [scopeType, window, cap])
    expect(caps).toEqual([
      ['AGENT', 'DAY', 20 * USD],
      ['AGENT', 'WEEK', 3 * USD],
      ['PROJECT', 'DAY', null],
      ['RUN', 'LIFETIME', USD],
      ['TASK', 'LIFETIME', 8 * USD],
    ])
    for (const { cap, overrun, remaining, reserved, settled } of data) {
      if (cap !== null) expect(cap + overrun).toBe((remaining ?? 0) + reserved + settled)
    }
  })
})
