import { TASK_TYPES, unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { budgetScene, codeOf, costing, MODEL, USD } from './budget-scene.ts'

/** What the built-in policy gives a task of each type, in USD. */
const DEFAULTS: Readonly<Record<string, number>> = {
  ENGINEERING: 8,
  CONTENT: 6,
  CUSTOMER_RESEARCH: 5,
  SEO_RESEARCH: 4,
  EMAIL_MARKETING: 4,
  DOCS: 3,
  OPS: 3,
  SOCIAL: 2,
}

describe('the budget of a task', () => {
  test('R-81 is the default of its type where none was named, and an OPERATOR sets another', async () => {
    const s = await budgetScene()
    expect(Object.keys(DEFAULTS).sort()).toEqual([...TASK_TYPES].sort())
    for (const type of TASK_TYPES) {
      const task = unwrap(await s.h.admin.tasks.create({ title: type, type }))
      expect(task.budgetAllocatedMicros, type).toBe((DEFAULTS[type] ?? 0) * USD)
    }
    const task = unwrap(await s.h.admin.tasks.create({ title: 'Big', type: 'SOCIAL' }))
    const cap = { scopeType: 'TASK', scopeId: task.id, capMicros: 9 * USD } as const
    expect(codeOf(await (await s.agent()).client.budgets.set(cap))).toBe('FORBIDDEN')
    expect(codeOf(await (await s.h.viewer()).budgets.set(cap))).toBe('FORBIDDEN')
    unwrap(await s.operator.budgets.set(cap))
    expect(unwrap(await s.operator.tasks.get({ taskId: task.id })).budgetAllocatedMicros).toBe(9 * USD)
  })

  test('R-81 by default holds the runs of the task, and the set one does', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetDailyMicros: 50 * USD, budgetPerRunMicros: 10 * USD })
    const { taskId, epoch } = await s.task(worker)
    const start = (estimatedCostMicros: number) =>
      worker.client.runs.start({ sessionKey: 's', model: MODEL, taskId, epoch, estimatedCostMicros })
    unwrap(await start(8 * USD))
    expect(codeOf(await start(1))).toBe('BUDGET_EXCEEDED')
    unwrap(await s.operator.budgets.set({ scopeType: 'TASK', scopeId: taskId, capMicros: 9 * USD }))
    expect(codeOf(await start(USD))).toBe('ok')
  })

  test('R-74 spend comes only from runs: a cost in a beat is refused, one told again with the deliverable counts once', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetPerRunMicros: 2 * USD })
    const { taskId, epoch } = await s.task(worker)
    const { run } = unwrap(await worker.client.runs.start({ sessionKey: 's', model: MODEL, taskId, epoch }))
    unwrap(await worker.client.runs.report({ runId: run.id, lines: [costing(USD, 'a')] }))
    const beat = { sessionKey: 's', health: 'BUSY', currentTaskId: taskId } as const
    for (const cost of [{ costMicros: USD }, { costUsd: 1 }, { spentTodayMicros: USD }]) {
      expect(codeOf(await worker.client.agents.heartbeat({ ...beat, ...cost } as never))).toBe('VALIDATION')
    }
    unwrap(await worker.client.agents.heartbeat(beat))
    const deliverable = { content: 'done' }
    unwrap(await worker.client.tasks.complete({ taskId, epoch, deliverable, costMicros: USD }))
    expect(unwrap(await s.operator.runs.get({ runId: run.id })).status).toBe('COMPLETED')
    expect(await s.balance('AGENT', worker.id)).toEqual({ reserved: 0, settled: USD })
    expect(await s.balance('TASK', taskId)).toEqual({ reserved: 0, settled: USD })
    expect(unwrap(await s.operator.costs.summary({})).totalMicros).toBe(USD)
  })
})
