import { unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { budgetScene, codeOf, costing, MODEL, USD } from './budget-scene.ts'

const START = { sessionKey: 's', model: MODEL }
const HOUR_MS = 3_600_000

describe('what was spent', () => {
  test('R-94 the totals of 1001 runs equal the ledger, and none is cut away', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetDailyMicros: 90 * USD, budgetPerRunMicros: 1000 })
    for (let count = 0; count < 1001; count++) {
      const { run } = unwrap(await worker.client.runs.start(START))
      unwrap(await worker.client.runs.complete({ runId: run.id, lines: [costing(count % 7, 'a')] }))
    }
    const expected = Array.from({ length: 1001 }, (_, count) => count % 7).reduce((sum, cost) => sum + cost, 0)
    const summary = unwrap(await s.operator.costs.summary({ groupBy: 'agent' }))
    expect(summary).toMatchObject({
      totalMicros: expected,
      billedMicros: expected,
      imputedMicros: 0,
      lines: 1001,
      runs: 1001,
      averagePerRunMicros: Math.ceil(expected / 1001),
      groups: [{ key: worker.id, micros: expected, tokens: 15 * 1001, lines: 1001 }],
    })
    expect(await s.balance('PROJECT', s.h.projectId)).toEqual({ reserved: 0, settled: expected })
    expect(await s.balance('AGENT', worker.id)).toEqual({ reserved: 0, settled: expected })
    expect(unwrap(await s.operator.budgets.burnRate({})).todayMicros).toBe(expected)
  }, 60_000)

  test('R-94 in 24 hours is what was used in exactly that time', async () => {
    const s = await budgetScene({ timeZone: 'Europe/Berlin', startAt: Date.parse('2026-03-28T10:00:00Z') })
    const worker = await s.agent({ budgetPerRunMicros: USD })
    const use = async (costMicros: number) => {
      unwrap(await worker.client.agents.heartbeat({ sessionKey: 's', health: 'HEALTHY', currentTaskId: null }))
      const { run } = unwrap(await worker.client.runs.start(START))
      unwrap(await worker.client.runs.complete({ runId: run.id, lines: [costing(costMicros, 'a')] }))
    }
    await use(1)
    s.h.clock.advance(1)
    await use(10)
    s.h.clock.advance(24 * HOUR_MS - 1)
    await use(100)
    const now = s.h.clock.now()
    const dayBefore = { from: now - 24 * HOUR_MS, to: now }
    // The first was used at the very beginning of the span and counts; the last at its end does not.
    expect(unwrap(await s.operator.costs.summary(dayBefore))).toMatchObject({ totalMicros: 11, runs: 2 })
    expect(unwrap(await s.operator.costs.summary({ ...dayBefore, from: dayBefore.from + 1 })).totalMicros).toBe(10)
    // The local day has 23 hours and is not the last 24 hours.
    expect(unwrap(await s.operator.costs.summary({})).totalMicros).toBe(100)
  })

  test('is told by task, type, model and hour, with what belongs to no task apart', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetPerRunMicros: USD })
    const { taskId, epoch } = await s.task(worker)
    const { run } = unwrap(await worker.client.runs.start({ ...START, taskId, epoch }))
    unwrap(await worker.client.runs.complete({ runId: run.id, lines: [costing(30, 'a')] }))
    const other = unwrap(await worker.client.runs.start(START)).run
    unwrap(await worker.client.runs.complete({ runId: other.id, lines: [costing(12, 'a')] }))
    const by = async (groupBy: 'task' | 'type' | 'model' | 'hour') =>
      unwrap(await s.operator.costs.summary({ groupBy })).groups.map(({ key, micros }) => [key, micros])
    expect(await by('task')).toEqual([
      [taskId, 30],
      ['', 12],
    ])
    expect(await by('type')).toEqual([
      ['ENGINEERING', 30],
      ['', 12],
    ])
    expect(await by('model')).toEqual([[MODEL, 42]])
    expect(await by('hour')).toEqual([[String(Math.floor(s.h.clock.now() / HOUR_MS) * HOUR_MS), 42]])
    const burn = unwrap(await s.operator.budgets.burnRate({}))
    expect(burn.byType.map(({ key }) => key)).toEqual(['ENGINEERING', ''])
  })

  test('by a subscription is told apart, and counts or not as one likes', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetPerRunMicros: USD })
    const { run } = unwrap(await worker.client.runs.start(START))
    const line = { ...costing(70, 'a'), billing: 'SUBSCRIPTION' as const }
    unwrap(await worker.client.runs.complete({ runId: run.id, lines: [line, costing(5, 'b')] }))
    expect(unwrap(await s.operator.costs.summary({}))).toMatchObject({
      totalMicros: 75,
      billedMicros: 5,
      imputedMicros: 70,
    })
    expect(unwrap(await s.operator.costs.summary({ countImputed: false })).totalMicros).toBe(5)
  })

  test('nothing in a span is nothing and no average; a span that ends before it begins is refused', async () => {
    const s = await budgetScene()
    expect(unwrap(await s.operator.costs.summary({ from: 0, to: 1 }))).toMatchObject({
      totalMicros: 0,
      lines: 0,
      runs: 0,
      averagePerRunMicros: null,
      groups: [],
    })
    expect(codeOf(await s.operator.costs.summary({ from: 2, to: 1 }))).toBe('VALIDATION')
  })
})
