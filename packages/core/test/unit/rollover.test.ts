import { unwrap } from '@mission-control/core'
import type { TestAgent } from '@mission-control/testing'
import { describe, expect, test } from 'vitest'
import { type BudgetScene, budgetScene, codeOf, costing, MODEL, USD } from './budget-scene.ts'

const START = { sessionKey: 's', model: MODEL }
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** Berlin, the evening before the day that has 23 hours; midnight there is 23:00 UTC. */
const EVENING = Date.parse('2026-03-28T20:00:00Z')

async function berlin(): Promise<BudgetScene> {
  return budgetScene({ timeZone: 'Europe/Berlin', startAt: EVENING })
}

async function beat({ client }: TestAgent): Promise<void> {
  unwrap(await client.agents.heartbeat({ sessionKey: 's', health: 'HEALTHY', currentTaskId: null }))
}

/** Lets time pass while the agents keep beating, so that none of them is taken for silent. */
async function pass(s: BudgetScene, ms: number, agents: readonly TestAgent[]): Promise<void> {
  for (let left = ms; left > 0; left -= 10 * MINUTE_MS) {
    for (const worker of agents) await beat(worker)
    s.h.clock.advance(Math.min(left, 10 * MINUTE_MS))
    await s.h.mc.jobs.runDue()
  }
}

/** An agent whose day is spent to the last micro-USD, and then some more asked for. */
async function spent(s: BudgetScene, fields: { budgetDailyMicros?: number } = {}) {
  const worker = await s.agent({ budgetDailyMicros: USD, budgetPerRunMicros: USD, ...fields })
  const { taskId, epoch } = await s.task(worker)
  const { run } = unwrap(await worker.client.runs.start({ ...START, taskId, epoch }))
  unwrap(await worker.client.runs.complete({ runId: run.id, lines: [costing(USD, 'a')] }))
  expect(codeOf(await worker.client.runs.start({ ...START, taskId, epoch }))).toBe('BUDGET_EXCEEDED')
  return { worker, taskId, epoch }
}

async function statusOf(s: BudgetScene, { id }: TestAgent) {
  const { agent } = unwrap(await s.h.admin.agents.get({ agentId: id }))
  return agent.status === 'PAUSED' ? agent.pausedBy : agent.status
}

async function openAlerts(s: BudgetScene): Promise<string[]> {
  const alerts = await s.rows('alert')
  return alerts.filter(({ status, type }) => status === 'OPEN' && /BUDGET/.test(type)).map(({ type }) => type)
}

describe('a new day', () => {
  test('R-31 ends pauses by the budget and no others, withdraws what was asked, and clears the alerts', async () => {
    const s = await berlin()
    const { worker, taskId, epoch } = await spent(s)
    const other = await s.agent()
    unwrap(await s.operator.agents.control({ agentId: other.id, action: 'PAUSE', reason: 'enough for today' }))
    expect((await openAlerts(s)).sort()).toEqual(['BUDGET_CRITICAL', 'BUDGET_EXCEEDED'])

    await pass(s, 3 * HOUR_MS - MINUTE_MS, [worker, other])
    expect(await statusOf(s, worker)).toBe('BUDGET')
    await pass(s, 2 * MINUTE_MS, [worker, other])
    expect([await statusOf(s, worker), await statusOf(s, other)]).toEqual(['ACTIVE', 'OPERATOR'])
    expect((await s.rows('approval')).map(({ status }) => status)).toEqual(['CANCELED'])
    expect(await openAlerts(s)).toEqual([])
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).status).toBe('IN_PROGRESS')
    // Nothing carries over, and nothing is doubled: the new day is the cap again.
    const { run } = unwrap(await worker.client.runs.start({ ...START, taskId, epoch }))
    unwrap(await worker.client.runs.complete({ runId: run.id, lines: [costing(USD, 'b')] }))
    expect(await s.balance('AGENT', worker.id, '2026-03-28')).toEqual({ reserved: 0, settled: USD })
    expect(await s.balance('AGENT', worker.id, '2026-03-29')).toEqual({ reserved: 0, settled: USD })
  })

  test('leaves alone an agent that has spent the day of now already, and one without any budget', async () => {
    const s = await berlin()
    const today = await spent(s)
    unwrap(await s.h.mc.system.agents.endBudgetPause({ projectId: s.h.projectId, agentId: today.worker.id }))
    expect(await statusOf(s, today.worker)).toBe('BUDGET')
    const poor = await spent(s)
    unwrap(await s.h.admin.budgets.set({ scopeType: 'AGENT', scopeId: poor.worker.id, capMicros: 0 }))
    await pass(s, 4 * HOUR_MS, [today.worker, poor.worker])
    expect([await statusOf(s, today.worker), await statusOf(s, poor.worker)]).toEqual(['ACTIVE', 'BUDGET'])
  })

  test('room that comes back within the day does not end the pause', async () => {
    const s = await berlin()
    const worker = await s.agent({ budgetDailyMicros: USD, budgetPerRunMicros: USD })
    const { run } = unwrap(await worker.client.runs.start(START))
    expect(codeOf(await worker.client.runs.start(START))).toBe('BUDGET_EXCEEDED')
    unwrap(await worker.client.runs.complete({ runId: run.id }))
    unwrap(await s.h.mc.system.agents.endBudgetPause({ projectId: s.h.projectId, agentId: worker.id }))
    expect(await statusOf(s, worker)).toBe('BUDGET')
  })

  test('is made up for once when no host was there at midnight, whoever comes first', async () => {
    const s = await berlin()
    const { worker } = await spent(s)
    s.h.clock.advance(9 * HOUR_MS)
    await Promise.all([s.h.mc.jobs.runDue(), s.h.mc.jobs.runDue(), s.h.mc.jobs.runDue()])
    const changes = (await s.eventKinds()).filter((kind) => kind === 'AGENT_STATUS')
    await s.h.mc.jobs.runDue()
    expect((await s.eventKinds()).filter((kind) => kind === 'AGENT_STATUS')).toHaveLength(changes.length)
    expect((await s.rows('approval')).map(({ status }) => status)).toEqual(['CANCELED'])
    expect(await statusOf(s, worker)).not.toBe('BUDGET')
  })

  test('is a day in the zone of the project, with 25 hours too', async () => {
    const s = await budgetScene({ timeZone: 'America/New_York', startAt: Date.parse('2026-11-01T05:00:00Z') })
    const { worker } = await spent(s)
    // 01:00 local; the clocks go back at 02:00, so the day ends 24 hours from here, not 23.
    await pass(s, 24 * HOUR_MS - 5 * MINUTE_MS, [worker])
    expect(await statusOf(s, worker)).toBe('BUDGET')
    await pass(s, 6 * MINUTE_MS, [worker])
    expect(await statusOf(s, worker)).toBe('ACTIVE')
  })

  test('a request about the week is withdrawn on Monday, one about the lifetime never', async () => {
    const s = await budgetScene({ timeZone: 'Europe/Berlin', startAt: Date.parse('2026-03-29T18:00:00Z') })
    const worker = await s.agent()
    const scope = { scopeType: 'AGENT', scopeId: worker.id } as const
    unwrap(await s.h.admin.budgets.set({ ...scope, window: 'WEEK', capMicros: 0 }))
    unwrap(await s.h.admin.budgets.set({ ...scope, window: 'LIFETIME', metric: 'RUNS', cap: 0 }))
    const refused = await worker.client.runs.start({ ...START, estimatedCostMicros: 1 })
    expect(refused.ok ? [] : refused.error.approvalIds).toHaveLength(2)
    const pending = async () =>
      (await s.rows('approval')).filter(({ status }) => status === 'PENDING').map(({ actionSummary }) => actionSummary)
    await pass(s, 3 * HOUR_MS, [worker])
    expect(await pending()).toHaveLength(2)
    await pass(s, 2 * HOUR_MS, [worker])
    // It is Sunday evening in UTC, and Monday in Berlin.
    expect(await pending()).toEqual([expect.stringContaining('/RUNS/LIFETIME/')])
  })
})

describe('the cost of a day', () => {
  test('above the budget of the project is told once, and taken back by a raise or the next day', async () => {
    const s = await berlin()
    const project = { scopeType: 'PROJECT', scopeId: s.h.projectId } as const
    unwrap(await s.h.admin.budgets.set({ ...project, capMicros: USD }))
    const worker = await s.agent({ budgetPerRunMicros: USD })
    const spend = async (costMicros: number) => {
      const { run } = unwrap(await worker.client.runs.start({ ...START, estimatedCostMicros: 1 }))
      unwrap(await worker.client.runs.complete({ runId: run.id, lines: [costing(costMicros, 'a')] }))
      await pass(s, 2 * MINUTE_MS, [worker])
    }
    const cost = async () => (await s.rows('alert')).filter(({ type }) => type === 'COST_OVER_BUDGET')
    await spend(USD - 1)
    expect(await cost()).toEqual([])
    await spend(2)
    await pass(s, 5 * MINUTE_MS, [worker])
    expect(await cost()).toMatchObject([{ status: 'OPEN', severity: 'ERROR', count: 1 }])
    unwrap(await s.h.admin.budgets.set({ ...project, capMicros: 2 * USD }))
    await pass(s, 2 * MINUTE_MS, [worker])
    expect(await cost()).toMatchObject([{ status: 'RESOLVED' }])
    await spend(USD)
    expect((await cost()).filter(({ status }) => status === 'OPEN')).toHaveLength(1)
    await pass(s, 3 * HOUR_MS, [worker])
    expect((await cost()).filter(({ status }) => status === 'OPEN')).toEqual([])
  })

  test('of a project without a cap is compared with what its agents may spend together', async () => {
    const s = await berlin()
    const worker = await s.agent({ budgetDailyMicros: USD, budgetPerRunMicros: USD })
    const { run } = unwrap(await worker.client.runs.start(START))
    unwrap(await worker.client.runs.complete({ runId: run.id, lines: [costing(USD + 1, 'a')] }))
    expect(unwrap(await s.h.mc.system.budgets.watch({ projectId: s.h.projectId }))).toEqual({
      costMicros: USD + 1,
      budgetMicros: USD,
    })
    expect((await s.rows('alert')).map(({ type }) => type)).toContain('COST_OVER_BUDGET')
  })
})
