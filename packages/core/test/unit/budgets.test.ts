import { unwrap } from '@mission-control/core'
import { accountKey, type RecordOf } from '@mission-control/core/storage'
import { describe, expect, test } from 'vitest'
import { burnRate } from '../../src/queries/burn-rate.ts'
import { budgetScene, codeOf, costing, MODEL, USD } from './budget-scene.ts'

const START = { sessionKey: 's', model: MODEL }
const HOUR_MS = 3_600_000

function accountOf(approval: RecordOf<'approval'>) {
  return accountKey((approval.payload as { accountId: string }).accountId)?.scopeType
}

describe('room', () => {
  test('R-70 of ten starts at once under a day of 2 USD at most eight of 0.25 USD are accepted', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetDailyMicros: 2 * USD, budgetPerRunMicros: 250_000 })
    const starts = await Promise.all(Array.from({ length: 10 }, () => worker.client.runs.start(START)))
    expect(starts.filter(({ ok }) => ok)).toHaveLength(8)
    expect(await s.balance('AGENT', worker.id)).toEqual({ reserved: 2 * USD, settled: 0 })
    expect(await s.balance('PROJECT', s.h.projectId)).toEqual({ reserved: 2 * USD, settled: 0 })
  })

  test('of many agents at one project cap none passes it, and nothing is held that belongs to no run', async () => {
    const s = await budgetScene()
    unwrap(await s.h.admin.budgets.set({ scopeType: 'PROJECT', scopeId: s.h.projectId, capMicros: USD }))
    const agents = await Promise.all(Array.from({ length: 8 }, () => s.agent({ budgetPerRunMicros: 300_000 })))
    const starts = await Promise.all(agents.map(({ client }) => client.runs.start(START)))
    expect(starts.map(codeOf).filter((code) => code === 'ok')).toHaveLength(3)
    expect(new Set(starts.map(codeOf))).toEqual(new Set(['ok', 'BUDGET_EXCEEDED']))
    expect(await s.balance('PROJECT', s.h.projectId)).toEqual({ reserved: 900_000, settled: 0 })
    expect(await s.rows('run')).toHaveLength(3)
  })

  test('a spent account takes no run, not even one that holds nothing', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetDailyMicros: USD, budgetPerRunMicros: USD })
    unwrap(await worker.client.runs.start(START))
    expect(codeOf(await worker.client.runs.start({ ...START, estimatedCostMicros: 0 }))).toBe('BUDGET_EXCEEDED')
  })

  test('R-110 the run of a sub-agent is held on the agents above it and on the parent of its task', async () => {
    const s = await budgetScene()
    const parent = await s.agent({ budgetDailyMicros: USD, budgetPerRunMicros: 400_000 })
    const child = await s.agent({ budgetDailyMicros: USD, budgetPerRunMicros: 400_000 })
    const { agent } = unwrap(await s.h.admin.agents.get({ agentId: child.id }))
    const record = { ...agent, parentAgentId: parent.id, version: agent.version + 1 }
    await s.storage.commit({
      projectId: s.h.projectId,
      checks: [{ kind: 'agent', id: child.id, version: agent.version }],
      puts: [{ kind: 'agent', record }],
      adds: [],
      events: [],
      receipt: null,
    })
    const { run } = unwrap(await child.client.runs.start(START))
    unwrap(await parent.client.runs.start(START))
    expect(await s.balance('AGENT', parent.id)).toEqual({ reserved: 800_000, settled: 0 })
    const refused = await child.client.runs.start(START)
    expect(codeOf(refused)).toBe('BUDGET_EXCEEDED')
    // The child is not paused: its own day is not what is spent.
    expect(unwrap(await s.h.admin.agents.get({ agentId: child.id })).agent.status).toBe('ACTIVE')
    unwrap(await child.client.runs.complete({ runId: run.id, lines: [costing(100_000, 'a')] }))
    expect(await s.balance('AGENT', parent.id)).toEqual({ reserved: 400_000, settled: 100_000 })
    expect(await s.balance('PROJECT', s.h.projectId)).toEqual({ reserved: 400_000, settled: 100_000 })
  })
})

describe('a spent budget', () => {
  test('R-71 no run; the task waits, the agent is paused, people are asked and told', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetDailyMicros: USD, budgetPerRunMicros: USD })
    const { taskId, epoch } = await s.task(worker)
    for (const costMicros of [100_000, 200_000, 300_000, 350_000]) {
      const { run } = unwrap(
        await worker.client.runs.start({ ...START, taskId, epoch, estimatedCostMicros: costMicros }),
      )
      unwrap(await worker.client.runs.complete({ runId: run.id, lines: [costing(costMicros, 'a')] }))
    }
    const refused = await worker.client.runs.start({ ...START, taskId, epoch })
    const [override] = (await s.rows('approval')).filter(({ actionType }) => actionType === 'BUDGET_OVERRIDE')
    const accountId = `${s.h.projectId}/AGENT/${worker.id}/USD/DAY/2026-01-05`
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'BUDGET_EXCEEDED', approvalIds: [override?.id], errors: [{ field: accountId }] },
    })
    expect(override).toMatchObject({
      status: 'PENDING',
      riskLevel: 'YELLOW',
      taskId: '',
      requesterId: 'system',
      onBehalfOfAgentId: worker.id,
      requiredDecisions: 1,
      // What was missing is more than half of the cap.
      payload: { accountId, amountMicros: 950_000 },
    })
    expect(unwrap(await s.h.admin.tasks.get({ taskId }))).toMatchObject({
      status: 'NEEDS_APPROVAL',
      waitingFor: [override?.id],
    })
    expect(unwrap(await s.h.admin.agents.get({ agentId: worker.id })).agent).toMatchObject({
      status: 'PAUSED',
      pausedBy: 'BUDGET',
    })
    const [alert] = (await s.rows('alert')).filter(({ type }) => type === 'BUDGET_EXCEEDED')
    expect(alert).toMatchObject({ severity: 'ERROR', agentId: worker.id, taskId, count: 1 })
    // The last three runs, and what to do.
    for (const cost of ['0.200000', '0.300000', '0.350000']) expect(alert?.description).toContain(cost)
    expect(alert?.description).not.toContain('0.100000 USD,')
    expect(alert?.description).toContain(override?.id)
    expect((await s.rows('notification')).map(({ type, targetKind }) => `${type} ${targetKind}`)).toContain(
      'ALERT OPERATORS',
    )
    expect(await s.eventKinds()).toEqual(
      expect.arrayContaining(['BUDGET_EXCEEDED', 'APPROVAL_REQUESTED', 'AGENT_STATUS', 'ALERT_RAISED']),
    )
    expect(await s.rows('run')).toHaveLength(4)
  })

  test('a key gives the same refusal again, without a second effect', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetPerRunMicros: USD })
    unwrap(await s.h.admin.budgets.set({ scopeType: 'PROJECT', scopeId: s.h.projectId, capMicros: 500_000 }))
    const once = await worker.client.runs.start(START, { idempotencyKey: 'k' })
    const again = await worker.client.runs.start(START, { idempotencyKey: 'k' })
    expect(codeOf(once)).toBe('BUDGET_EXCEEDED')
    expect(again).toEqual(once)
    expect((await s.rows('alert')).map(({ count }) => count)).toEqual([1])
  })

  test('R-116 where two accounts lack room both are asked for, and the task waits for both', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetDailyMicros: 500_000, budgetPerRunMicros: USD })
    const { taskId, epoch } = await s.task(worker, { budgetAllocatedMicros: 600_000 })
    const refused = await worker.client.runs.start({ ...START, taskId, epoch })
    if (refused.ok) throw new Error('accepted')
    const overrides = [...(await s.rows('approval'))].sort((one, other) => (one.id < other.id ? -1 : 1))
    expect(overrides.map(accountOf)).toEqual(['TASK', 'AGENT'])
    expect(refused.error.approvalIds).toEqual(overrides.map(({ id }) => id))
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).waitingFor).toEqual(refused.error.approvalIds)
    const [ofTask = '', ofAgent = ''] = refused.error.approvalIds ?? []
    unwrap(await s.operator.approvals.decide({ approvalId: ofTask, verdict: 'APPROVE' }))
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).status).toBe('NEEDS_APPROVAL')
    expect(codeOf(await worker.client.runs.start({ ...START, taskId, epoch }))).toBe('AGENT_NOT_ACTIVE')
    unwrap(await s.operator.approvals.decide({ approvalId: ofAgent, verdict: 'APPROVE' }))
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).status).toBe('IN_PROGRESS')
    expect(codeOf(await worker.client.runs.start({ ...START, taskId, epoch }))).toBe('ok')
    expect(await s.eventKinds()).toContain('BUDGET_ADJUSTED')
  })

  test('R-82 24 crossings of one agent at once: one alert, one override, no fault', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetDailyMicros: 500_000, budgetPerRunMicros: USD })
    const starts = await Promise.all(Array.from({ length: 24 }, () => worker.client.runs.start(START)))
    expect(new Set(starts.map(codeOf))).toEqual(new Set(['BUDGET_EXCEEDED', 'AGENT_NOT_ACTIVE']))
    expect(await s.rows('approval')).toHaveLength(1)
    expect((await s.rows('alert')).filter(({ type }) => type === 'BUDGET_EXCEEDED')).toHaveLength(1)
  })

  test('R-82 24 agents at one project cap at once, each with a task: one alert, one override, all wait for it', async () => {
    const s = await budgetScene()
    unwrap(await s.h.admin.budgets.set({ scopeType: 'PROJECT', scopeId: s.h.projectId, capMicros: 1000 }))
    const crews = await Promise.all(
      Array.from({ length: 24 }, async () => {
        const worker = await s.agent()
        return { worker, ...(await s.task(worker)) }
      }),
    )
    const starts = await Promise.all(
      crews.map(({ worker, taskId, epoch }) => worker.client.runs.start({ ...START, taskId, epoch })),
    )
    expect(new Set(starts.map(codeOf))).toEqual(new Set(['BUDGET_EXCEEDED']))
    const approvals = await s.rows('approval')
    expect(approvals).toHaveLength(1)
    const alerts = (await s.rows('alert')).filter(({ type }) => type === 'BUDGET_EXCEEDED')
    expect(alerts.map(({ count }) => count)).toEqual([24])
    for (const { taskId } of crews) {
      expect(unwrap(await s.h.admin.tasks.get({ taskId })).waitingFor).toEqual([approvals[0]?.id])
    }
  })

  test('an approved override extends this window only, by the amount or less, and resumes the agent', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetDailyMicros: USD, budgetPerRunMicros: USD })
    unwrap(await worker.client.runs.start({ ...START, estimatedCostMicros: 800_000 }))
    expect(codeOf(await worker.client.runs.start(START))).toBe('BUDGET_EXCEEDED')
    const [override] = await s.rows('approval')
    unwrap(
      await s.operator.approvals.decide({ approvalId: override?.id ?? '', verdict: 'APPROVE', amountMicros: 300_000 }),
    )
    expect(unwrap(await s.h.admin.agents.get({ agentId: worker.id })).agent).toMatchObject({
      status: 'ACTIVE',
      pausedBy: null,
    })
    expect(codeOf(await worker.client.runs.start({ ...START, estimatedCostMicros: 500_000 }))).toBe('ok')
    expect(await s.balance('AGENT', worker.id)).toEqual({ reserved: 1_300_000, settled: 0 })
    expect(codeOf(await worker.client.runs.start({ ...START, estimatedCostMicros: 1 }))).toBe('BUDGET_EXCEEDED')
  })

  test('an override whose time is over is no longer given back, swept or not: a new one is asked for', async () => {
    // A day of 25 hours outlasts the day that a request may wait.
    const s = await budgetScene({ timeZone: 'Europe/Berlin', startAt: Date.parse('2026-10-24T22:10:00Z') })
    const worker = await s.agent()
    const cap = { scopeType: 'PROJECT' as const, scopeId: s.h.projectId, capMicros: 100_000 }
    unwrap(await s.h.admin.budgets.set(cap))
    expect(codeOf(await worker.client.runs.start(START))).toBe('BUDGET_EXCEEDED')
    const [expired] = await s.rows('approval')
    s.h.clock.advance(24 * HOUR_MS)
    const refused = await worker.client.runs.start(START)
    const pending = (await s.rows('approval')).find(({ status }) => status === 'PENDING')
    expect(refused).toMatchObject({ ok: false, error: { code: 'BUDGET_EXCEEDED', approvalIds: [pending?.id] } })
    expect(pending?.payload).toEqual(expired?.payload)
    expect((await s.rows('approval')).find(({ id }) => id === expired?.id)?.status).toBe('EXPIRED')
    expect(await s.eventKinds()).toContain('APPROVAL_EXPIRED')
  })

  test('a denied override keeps the pause', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetDailyMicros: 500_000, budgetPerRunMicros: USD })
    const { taskId, epoch } = await s.task(worker)
    expect(codeOf(await worker.client.runs.start({ ...START, taskId, epoch }))).toBe('BUDGET_EXCEEDED')
    const [override] = await s.rows('approval')
    unwrap(await s.operator.approvals.decide({ approvalId: override?.id ?? '', verdict: 'DENY', reason: 'enough' }))
    expect(unwrap(await s.h.admin.agents.get({ agentId: worker.id })).agent.status).toBe('PAUSED')
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).status).toBe('BLOCKED')
  })
})

describe('thresholds', () => {
  test('80 and 95 percent of an agent day are told once each, what passes the cap every time', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetDailyMicros: USD, budgetPerRunMicros: USD })
    const spend = async (costMicros: number) => {
      const { run } = unwrap(
        await worker.client.runs.start({ ...START, estimatedCostMicros: Math.min(costMicros, 10_000) }),
      )
      unwrap(await worker.client.runs.complete({ runId: run.id, lines: [costing(costMicros, 'a')] }))
      return (await s.rows('alert')).map(({ type, count }) => `${type} ${count}`).sort()
    }
    expect(await spend(799_999)).toEqual([])
    expect(await spend(1)).toEqual(['BUDGET_WARNING 1'])
    expect(await spend(100_000)).toEqual(['BUDGET_WARNING 1'])
    expect(await spend(60_000)).toEqual(['BUDGET_CRITICAL 1', 'BUDGET_WARNING 1'])
    expect(await spend(30_000)).toEqual(['BUDGET_CRITICAL 1', 'BUDGET_WARNING 1'])
    expect(await spend(110_000)).toEqual(['BUDGET_CRITICAL 1', 'BUDGET_OVERRUN 1', 'BUDGET_WARNING 1'])
  })
})

describe('windows', () => {
  test.each([
    [
      '23',
      ['2026-03-27T23:30', '2026-03-28T23:10', '2026-03-29T22:05', '2026-03-30T22:01', '2026-03-31T22:30'],
      '2026-03-28',
    ],
    [
      '25',
      ['2026-10-23T23:30', '2026-10-24T22:10', '2026-10-25T23:05', '2026-10-26T23:30', '2026-10-27T23:30'],
      '2026-10-24',
    ],
  ])(
    'R-72 over five days, one of them of %s hours, a day of 1 USD gives 1 USD each day',
    async (_hours, moments, first) => {
      const days = moments.map((_, index) =>
        new Date(Date.parse(`${first}T00:00:00Z`) + index * 24 * HOUR_MS).toISOString().slice(0, 10),
      )
      const s = await budgetScene({ timeZone: 'Europe/Berlin', startAt: Date.parse(`${moments[0]}:00Z`) })
      const worker = await s.agent({ budgetDailyMicros: USD, budgetPerRunMicros: USD })
      for (const moment of moments) {
        s.h.clock.advance(Math.max(0, Date.parse(`${moment}:00Z`) - s.h.clock.now()))
        const { run } = unwrap(await worker.client.runs.start(START))
        unwrap(await worker.client.runs.complete({ runId: run.id, lines: [costing(USD, 'a')] }))
      }
      for (const day of days) {
        expect(await s.balance('AGENT', worker.id, day), day).toEqual({ reserved: 0, settled: USD })
        expect(await s.balance('PROJECT', s.h.projectId, day), day).toEqual({ reserved: 0, settled: USD })
      }
    },
  )
})

describe('budgets.set', () => {
  test('an ADMIN sets any, an OPERATOR those of tasks, an agent none of its own', async () => {
    const s = await budgetScene()
    const worker = await s.agent()
    const { taskId } = await s.task(worker)
    const project = { scopeType: 'PROJECT', scopeId: s.h.projectId, capMicros: USD } as const
    const day = { scopeType: 'AGENT', scopeId: worker.id, capMicros: 7 * USD } as const
    const task = { scopeType: 'TASK', scopeId: taskId, capMicros: 20 * USD } as const
    for (const given of [project, day, task]) {
      expect(codeOf(await s.h.admin.budgets.set(given))).toBe('ok')
      expect(codeOf(await worker.client.budgets.set(given))).toBe('FORBIDDEN')
    }
    expect(codeOf(await s.operator.budgets.set(project))).toBe('FORBIDDEN')
    expect(codeOf(await s.operator.budgets.set(day))).toBe('FORBIDDEN')
    expect(unwrap(await s.operator.budgets.set(task))).toMatchObject({ effectiveCap: 20 * USD })
    expect(unwrap(await s.h.admin.agents.get({ agentId: worker.id })).agent.budgetDailyMicros).toBe(7 * USD)
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).budgetAllocatedMicros).toBe(20 * USD)
    // Back to the defaults of role and type.
    unwrap(await s.h.admin.budgets.set({ ...day, capMicros: null }))
    unwrap(await s.h.admin.budgets.set({ ...task, capMicros: null }))
    expect(unwrap(await s.h.admin.agents.get({ agentId: worker.id })).agent.budgetDailyMicros).toBe(5 * USD)
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).budgetAllocatedMicros).toBe(8 * USD)
    expect(codeOf(await s.h.admin.budgets.set({ ...project, scopeId: 'prj_other' }))).toBe('NOT_FOUND')
    expect(codeOf(await s.h.admin.budgets.set({ ...day, scopeId: 'agt_other' }))).toBe('NOT_FOUND')
    expect(codeOf(await s.h.admin.budgets.set({ ...day, metric: 'TOKENS' }))).toBe('VALIDATION')
    expect(codeOf(await s.h.admin.budgets.set({ ...day, cap: 5 }))).toBe('VALIDATION')
  })

  test('a LEAD gives a task of others up to twice the default of its type, and none of its own', async () => {
    const s = await budgetScene()
    const lead = await s.agent({ role: 'LEAD' })
    const worker = await s.agent()
    const { taskId } = await s.task(worker)
    const own = await s.task(lead)
    const task = { scopeType: 'TASK', scopeId: taskId } as const
    expect(codeOf(await lead.client.budgets.set({ ...task, capMicros: 16 * USD }))).toBe('ok')
    expect(codeOf(await lead.client.budgets.set({ ...task, capMicros: 16 * USD + 1 }))).toBe('FORBIDDEN')
    expect(codeOf(await lead.client.budgets.set({ ...task, scopeId: own.taskId, capMicros: USD }))).toBe('FORBIDDEN')
  })

  test('a raised cap with room withdraws the request, returns the task and ends the pause', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetDailyMicros: 500_000, budgetPerRunMicros: USD })
    const { taskId, epoch } = await s.task(worker)
    expect(codeOf(await worker.client.runs.start({ ...START, taskId, epoch }))).toBe('BUDGET_EXCEEDED')
    const set = unwrap(await s.h.admin.budgets.set({ scopeType: 'AGENT', scopeId: worker.id, capMicros: 2 * USD }))
    expect(set).toMatchObject({ effectiveCap: 2 * USD, settled: 0, reserved: 0 })
    expect((await s.rows('approval')).map(({ status }) => status)).toEqual(['CANCELED'])
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).status).toBe('IN_PROGRESS')
    expect(unwrap(await s.h.admin.agents.get({ agentId: worker.id })).agent.status).toBe('ACTIVE')
    expect(codeOf(await worker.client.runs.start({ ...START, taskId, epoch }))).toBe('ok')
  })

  test('a lowered cap counts for every start that has not been committed yet', async () => {
    const s = await budgetScene()
    const workers = await Promise.all(Array.from({ length: 6 }, () => s.agent({ budgetPerRunMicros: 500_000 })))
    const outcomes = await Promise.all([
      ...workers.slice(0, 3).map(({ client }) => client.runs.start(START)),
      s.h.admin.budgets.set({ scopeType: 'PROJECT', scopeId: s.h.projectId, capMicros: 100 }),
      ...workers.slice(3).map(({ client }) => client.runs.start(START)),
    ])
    expect(outcomes.map(codeOf)).toContain('ok')
    const started = outcomes.filter((outcome) => outcome.ok && 'run' in outcome.data).length
    const events = await s.eventKinds()
    const kinds = events.filter((kind) => kind === 'RUN_STARTED' || kind === 'BUDGET_ADJUSTED')
    // Whatever started did so before the cap was lowered.
    expect(kinds.indexOf('BUDGET_ADJUSTED')).toBe(started)
  })
})

describe('burn rate', () => {
  test('today, the last hour and where it leads, on a day of 25 hours', async () => {
    const s = await budgetScene({ timeZone: 'Europe/Berlin', startAt: Date.parse('2026-10-24T21:00:00Z') })
    const worker = await s.agent({ budgetDailyMicros: 90 * USD, budgetPerRunMicros: 50 * USD })
    const { taskId, epoch } = await s.task(worker, { budgetAllocatedMicros: 90 * USD })
    unwrap(await s.h.admin.budgets.set({ scopeType: 'PROJECT', scopeId: s.h.projectId, capMicros: 40 * USD }))
    const { run } = unwrap(await worker.client.runs.start({ ...START, taskId, epoch, estimatedCostMicros: 30 * USD }))
    const report = (costMicros: number, callId: string) =>
      worker.client.runs.report({ runId: run.id, lines: [costing(costMicros, callId)] })
    unwrap(await report(5 * USD, 'yesterday'))
    s.h.clock.advance(2 * HOUR_MS)
    unwrap(await report(3 * USD, 'one'))
    s.h.clock.advance(HOUR_MS)
    unwrap(await report(2 * USD, 'two'))
    const burn = await burnRate(s.storage.queries, { projectId: s.h.projectId, timeZone: 'Europe/Berlin' })
    expect(burn.dayEndsAt - burn.dayStartsAt).toBe(25 * HOUR_MS)
    const hoursLeft = (burn.dayEndsAt - burn.at) / HOUR_MS
    expect(burn).toMatchObject({
      todayMicros: 5 * USD,
      billedMicros: 5 * USD,
      imputedMicros: 0,
      lastHourMicros: 2 * USD,
      capMicros: 40 * USD,
    })
    expect(burn.endOfDayMicros).toBe(5 * USD + Math.ceil(2 * USD * hoursLeft))
    expect(burn.isAboveCap).toBe(true)
    expect(burn.byAgent).toEqual([{ key: worker.id, micros: 5 * USD, tokens: 30, lines: 2 }])
    expect(burn.byTask.map(({ key }) => key)).toEqual([taskId])
    expect(burn.byModel.map(({ key }) => key)).toEqual([MODEL])
  })

  test('nothing spent burns nothing, and without a cap nothing is above it', async () => {
    const s = await budgetScene()
    const burn = await burnRate(s.storage.queries, { projectId: s.h.projectId, timeZone: 'UTC' })
    expect(burn).toMatchObject({
      todayMicros: 0,
      lastHourMicros: 0,
      endOfDayMicros: 0,
      capMicros: null,
      isAboveCap: null,
      byAgent: [],
    })
  })
})
