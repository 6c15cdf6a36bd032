import { unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { type BudgetScene, budgetScene, codeOf, costing, MODEL, USD } from './budget-scene.ts'

const START = { sessionKey: 's', model: MODEL }
const MINUTE_MS = 60_000

/** A worker with a started task and an open run on it. */
async function openRun(
  options: Parameters<typeof budgetScene>[0] = {},
  start: { estimatedCostMicros?: number } = {},
  agent: { heartbeatIntervalMs?: number } = {},
) {
  const s = await budgetScene(options)
  const worker = await s.agent({ budgetDailyMicros: 5 * USD, budgetPerRunMicros: USD, ...agent })
  const { taskId, epoch } = await s.task(worker)
  const { run } = unwrap(await worker.client.runs.start({ ...START, ...start, taskId, epoch }))
  return { s, worker, taskId, epoch, runId: run.id, report: worker.client.runs.report }
}

async function expectOnAll(s: BudgetScene, ids: { runId: string; taskId: string; agentId: string }, balance: object) {
  const accounts = { RUN: ids.runId, TASK: ids.taskId, AGENT: ids.agentId, PROJECT: s.h.projectId }
  for (const [scope, id] of Object.entries(accounts)) expect(await s.balance(scope, id), scope).toEqual(balance)
}

describe('a run within its hold', () => {
  test('holds on every account, uses some, settles that and gives back the rest', async () => {
    const { s, worker, taskId, runId } = await openRun()
    const ids = { runId, taskId, agentId: worker.id }
    await expectOnAll(s, ids, { reserved: USD, settled: 0 })
    const reported = unwrap(await worker.client.runs.report({ runId, lines: [costing(300_000, 'a')] }))
    expect(reported).toMatchObject({ directive: 'CONTINUE', remainingMicros: 700_000, run: { billedMicros: 300_000 } })
    await expectOnAll(s, ids, { reserved: USD, settled: 0 })
    const { run } = unwrap(await worker.client.runs.complete({ runId, lines: [costing(100_000, 'b')] }))
    expect(run).toMatchObject({
      status: 'COMPLETED',
      billedMicros: 400_000,
      lineCount: 2,
      inputTokens: 20,
      costStatus: 'MEASURED',
    })
    await expectOnAll(s, ids, { reserved: 0, settled: 400_000 })
    expect((await s.rows('reservation'))[0]).toMatchObject({ status: 'SETTLED', settledMicros: 400_000 })
    expect(await s.eventKinds()).toEqual(
      expect.arrayContaining(['RUN_STARTED', 'BUDGET_RESERVED', 'USAGE_REPORTED', 'RUN_COMPLETED', 'BUDGET_SETTLED']),
    )
    // A plain yes is the RUN_STARTED event; nothing else is written about it.
    expect(await s.rows('decision')).toEqual([])
  })

  test('a run that used nothing releases its hold', async () => {
    const { s, worker, taskId, runId } = await openRun()
    const { run } = unwrap(await worker.client.runs.fail({ runId, error: 'the tool broke' }))
    expect(run).toMatchObject({ status: 'FAILED', error: 'the tool broke', billedMicros: 0 })
    await expectOnAll(s, { runId, taskId, agentId: worker.id }, { reserved: 0, settled: 0 })
    expect((await s.rows('reservation'))[0]).toMatchObject({ status: 'RELEASED' })
  })

  test('an error is redacted before it is stored', async () => {
    const { s, worker, runId } = await openRun()
    const secret = `ghp_${'a1B2'.repeat(9)}`
    unwrap(await worker.client.runs.fail({ runId, error: `push failed with ${secret}` }))
    const [run] = await s.rows('run')
    expect(run?.error).not.toContain(secret)
    expect(run?.redactedFields).toEqual(['error'])
  })

  test('starting and reporting take one look and one commit once the settings are known', async () => {
    const s = await budgetScene()
    const worker = await s.agent()
    const { taskId, epoch } = await s.task(worker)
    unwrap(await worker.client.runs.start({ ...START, taskId, epoch }))
    const calls = { load: 0, commit: 0 }
    const { load, commit } = s.storage
    Object.assign(s.storage, {
      load: (...given: Parameters<typeof load>) => {
        calls.load++
        return load(...given)
      },
      commit: (...given: Parameters<typeof commit>) => {
        calls.commit++
        return commit(...given)
      },
    })
    const { run } = unwrap(await worker.client.runs.start({ ...START, taskId, epoch }))
    expect(calls).toEqual({ load: 1, commit: 1 })
    unwrap(await worker.client.runs.report({ runId: run.id, lines: [costing(10, 'a')] }))
    expect(calls).toEqual({ load: 2, commit: 2 })
  })

  test('R-73 a call id counts once, in one report and over many', async () => {
    const { worker, runId, report } = await openRun()
    unwrap(await report({ runId, lines: [costing(100, 'a'), costing(100, 'a')] }))
    const again = unwrap(await report({ runId, lines: [costing(999, 'a'), costing(50, 'b')] }))
    expect(again.run).toMatchObject({ billedMicros: 150, lineCount: 2 })
    const parallel = await Promise.all([1, 2, 3].map(() => report({ runId, lines: [costing(7, 'c')] })))
    expect(parallel.map(codeOf)).toEqual(['ok', 'ok', 'ok'])
    expect(unwrap(await worker.client.runs.get({ runId })).billedMicros).toBe(157)
  })

  test('a report renews the lease; a silent run times out at its last report', async () => {
    const { s, worker, taskId, runId, report } = await openRun()
    unwrap(await report({ runId, lines: [costing(100, 'a')] }))
    await s.h.advance(20 * MINUTE_MS)
    unwrap(await report({ runId, lines: [costing(100, 'b')] }))
    await s.h.advance(20 * MINUTE_MS)
    expect(unwrap(await worker.client.runs.get({ runId })).status).toBe('RUNNING')
    await s.h.advance(11 * MINUTE_MS)
    expect(unwrap(await worker.client.runs.get({ runId }))).toMatchObject({ status: 'TIMEOUT', billedMicros: 200 })
    await expectOnAll(s, { runId, taskId, agentId: worker.id }, { reserved: 0, settled: 200 })
  })
})

describe('a worker that dies', () => {
  test('R-20 its run times out with its claim, nothing stays held, and the task moves on', async () => {
    // Beating each minute, its claim lapses after 5, long before the 15 of its run.
    const { s, worker, taskId, runId, report } = await openRun({}, {}, { heartbeatIntervalMs: MINUTE_MS })
    for (const callId of ['a', 'b']) {
      await s.h.advance(4 * MINUTE_MS)
      unwrap(await report({ runId, lines: [costing(100, callId)] }))
    }
    await s.h.advance(6 * MINUTE_MS)
    expect(unwrap(await worker.client.runs.get({ runId }))).toMatchObject({ status: 'TIMEOUT', billedMicros: 200 })
    await expectOnAll(s, { runId, taskId, agentId: worker.id }, { reserved: 0, settled: 200 })
    await s.h.advance(25 * MINUTE_MS)
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).status).toBe('INBOX')
    expect(unwrap(await s.h.admin.agents.get({ agentId: worker.id })).workload?.openRuns).toEqual([])
  })
})

describe('a run above its hold', () => {
  test('extends it under the same caps', async () => {
    const { s, worker, taskId, runId, report } = await openRun({}, { estimatedCostMicros: 200_000 })
    const ids = { runId, taskId, agentId: worker.id }
    await expectOnAll(s, ids, { reserved: 200_000, settled: 0 })
    const reported = unwrap(await report({ runId, lines: [costing(350_000, 'a')] }))
    expect(reported).toMatchObject({ directive: 'CONTINUE', remainingMicros: 650_000 })
    await expectOnAll(s, ids, { reserved: 350_000, settled: 0 })
    expect((await s.rows('ledgerEntry')).filter(({ kind }) => kind === 'EXTEND')).toHaveLength(4)
  })

  test('R-77 stops at its cap; what it used is booked, with one unheld call at most', async () => {
    const { s, worker, taskId, runId, report } = await openRun()
    unwrap(await report({ runId, lines: [costing(900_000, 'a')] }))
    const over = unwrap(await report({ runId, lines: [costing(300_000, 'b')] }))
    expect(over).toMatchObject({
      directive: 'STOP',
      remainingMicros: 0,
      run: { status: 'RUNNING', stopReason: 'BUDGET' },
    })
    const ids = { runId, taskId, agentId: worker.id }
    // The hold stays until the run is final; what could not be held is settled at once.
    await expectOnAll(s, ids, { reserved: USD, settled: 200_000 })
    const last = unwrap(await report({ runId, lines: [costing(50_000, 'c')] }))
    expect(last).toMatchObject({
      directive: 'STOP',
      run: { status: 'STOPPED', stopReason: 'BUDGET', billedMicros: 1_250_000 },
    })
    await expectOnAll(s, ids, { reserved: 0, settled: 1_250_000 })
    const alerts = await s.rows('alert')
    expect(alerts.map(({ type, dedupeKey }) => `${type} ${dedupeKey.split('/')[1]}`)).toContain('BUDGET_OVERRUN RUN')
    // Only the run's own account was short, so nobody is asked and the task goes on.
    expect(await s.rows('approval')).toEqual([])
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).status).toBe('IN_PROGRESS')
  })

  test('where the day of the agent has no room, stops and asks as a start would', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetDailyMicros: USD, budgetPerRunMicros: 800_000 })
    const { taskId, epoch } = await s.task(worker)
    const first = unwrap(await worker.client.runs.start({ ...START, taskId, epoch, estimatedCostMicros: 100_000 }))
    unwrap(await worker.client.runs.start({ ...START, taskId, epoch, estimatedCostMicros: 700_000 }))
    const over = unwrap(await worker.client.runs.report({ runId: first.run.id, lines: [costing(500_000, 'a')] }))
    expect(over).toMatchObject({ directive: 'STOP', run: { stopReason: 'BUDGET' } })
    expect(await s.balance('AGENT', worker.id)).toEqual({ reserved: 800_000, settled: 400_000 })
    expect(unwrap(await s.h.admin.tasks.get({ taskId }))).toMatchObject({
      status: 'NEEDS_APPROVAL',
      returnStatus: 'IN_PROGRESS',
    })
    expect(unwrap(await s.h.admin.agents.get({ agentId: worker.id })).agent).toMatchObject({
      status: 'PAUSED',
      pausedBy: 'BUDGET',
    })
    expect((await s.rows('approval')).map(({ actionType }) => actionType)).toEqual(['BUDGET_OVERRIDE'])
    expect(await s.eventKinds()).toContain('BUDGET_EXCEEDED')
  })

  test('a paused agent goes on within its hold and no further', async () => {
    const { s, worker, runId, report } = await openRun({}, { estimatedCostMicros: 200_000 })
    unwrap(await s.operator.agents.control({ agentId: worker.id, action: 'PAUSE', reason: 'a look' }))
    expect(unwrap(await report({ runId, lines: [costing(100_000, 'a')] }))).toMatchObject({
      directive: 'STOP',
      run: { stopReason: null },
    })
    expect(unwrap(await report({ runId, lines: [costing(150_000, 'b')] })).run.stopReason).toBe('BUDGET')
    expect(unwrap(await worker.client.runs.complete({ runId })).run).toMatchObject({
      status: 'STOPPED',
      billedMicros: 250_000,
    })
  })
})

describe('the end of a run', () => {
  test('R-73 completed again, in parallel and after its end, it is charged once', async () => {
    const { s, worker, taskId, runId } = await openRun()
    const ends = await Promise.all(
      [1, 2, 3, 4].map(() => worker.client.runs.complete({ runId, lines: [costing(400_000, 'a')] })),
    )
    expect(ends.map(codeOf).sort()).toEqual(['RUN_CLOSED', 'RUN_CLOSED', 'RUN_CLOSED', 'ok'])
    const again = await worker.client.runs.fail({ runId, error: 'late' })
    expect(again).toMatchObject({ ok: false, error: { code: 'RUN_CLOSED', status: 'COMPLETED' } })
    await expectOnAll(s, { runId, taskId, agentId: worker.id }, { reserved: 0, settled: 400_000 })
  })

  test('R-19 R-73 usage after a timeout settles once, in the windows of the start', async () => {
    const { s, worker, taskId, runId, report } = await openRun({ startAt: Date.parse('2026-03-02T23:50:00Z') })
    await s.h.advance(40 * MINUTE_MS)
    expect(unwrap(await worker.client.runs.get({ runId })).status).toBe('TIMEOUT')
    for (let time = 0; time < 3; time++) {
      const late = unwrap(await report({ runId, lines: [costing(90_000, 'late')] }))
      expect(late).toMatchObject({
        directive: 'STOP',
        remainingMicros: 0,
        run: { status: 'TIMEOUT', billedMicros: 90_000 },
      })
    }
    const closed = await worker.client.runs.complete({
      runId,
      lines: [costing(90_000, 'late'), costing(5_000, 'later')],
    })
    expect(codeOf(closed)).toBe('RUN_CLOSED')
    await expectOnAll(s, { runId, taskId, agentId: worker.id }, { reserved: 0, settled: 95_000 })
    expect(await s.balance('AGENT', worker.id, '2026-03-02')).toEqual({ reserved: 0, settled: 95_000 })
    expect(await s.balance('AGENT', worker.id, '2026-03-03')).toEqual({ reserved: 0, settled: 0 })
  })

  test('R-19 a run whose task has a new holder ends at its next report and still pays', async () => {
    const { s, worker, taskId, runId, report } = await openRun()
    unwrap(await report({ runId, lines: [costing(10_000, 'a')] }))
    const other = await s.agent()
    unwrap(await s.operator.tasks.handover({ taskId, toAgentId: other.id, reason: 'swap' }))
    const lost = await worker.client.runs.start({ ...START, taskId })
    expect(codeOf(lost)).toBe('LEASE_LOST')
    const last = unwrap(await report({ runId, epoch: 1, lines: [costing(5_000, 'b')] }))
    expect(last).toMatchObject({
      directive: 'STOP',
      run: { status: 'STOPPED', stopReason: 'CANCELED', billedMicros: 15_000 },
    })
    expect(await s.balance('TASK', taskId)).toEqual({ reserved: 0, settled: 15_000 })
  })

  test('R-76 late cost of a task that is done is recorded and moves nothing', async () => {
    const { s, worker, taskId, runId, report } = await openRun()
    unwrap(await worker.client.runs.complete({ runId }))
    unwrap(await s.operator.tasks.transition({ taskId, to: 'CANCELED', reason: 'no longer needed' }))
    unwrap(await report({ runId, lines: [costing(20 * USD, 'late')] }))
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).status).toBe('CANCELED')
    expect(await s.balance('TASK', taskId)).toEqual({ reserved: 0, settled: 20 * USD })
    const overrun = (await s.rows('alert')).filter(({ type }) => type === 'BUDGET_OVERRUN')
    expect(overrun.map(({ dedupeKey }) => dedupeKey.split('/')[1]).sort()).toEqual(['AGENT', 'RUN', 'TASK'])
    expect(await s.rows('approval')).toEqual([])
  })

  test('a run of somebody else is neither reported nor ended', async () => {
    const { s, runId } = await openRun()
    const other = await s.agent()
    expect(codeOf(await other.client.runs.report({ runId, lines: [costing(1, 'x')] }))).toBe('FORBIDDEN')
    expect(codeOf(await other.client.runs.complete({ runId }))).toBe('FORBIDDEN')
    expect(codeOf(await s.operator.runs.complete({ runId }))).toBe('FORBIDDEN')
    expect(codeOf(await other.client.runs.report({ runId: 'run_none', lines: [costing(1, 'x')] }))).toBe('NOT_FOUND')
    expect(codeOf(await other.client.runs.timeOut({ runId } as never))).toBe('FORBIDDEN')
  })

  test('the task hands in its run: settled as completed, the cost that was told is a line only where there is none', async () => {
    const { s, worker, taskId, epoch, runId } = await openRun()
    const deliverable = { content: 'the work' }
    unwrap(await worker.client.tasks.complete({ taskId, epoch, deliverable, costMicros: 250_000 }))
    expect(unwrap(await worker.client.runs.get({ runId }))).toMatchObject({
      status: 'COMPLETED',
      billedMicros: 250_000,
    })
    await expectOnAll(s, { runId, taskId, agentId: worker.id }, { reserved: 0, settled: 250_000 })
    const { s: t, worker: w, ...other } = await openRun()
    unwrap(await other.report({ runId: other.runId, lines: [costing(100_000, 'a')] }))
    unwrap(
      await w.client.tasks.complete({ taskId: other.taskId, epoch: other.epoch, deliverable, costMicros: 250_000 }),
    )
    expect(await t.balance('TASK', other.taskId)).toEqual({ reserved: 0, settled: 100_000 })
    expect((await t.rows('alert')).map(({ type }) => type)).toEqual(['ANOMALY'])
  })

  test('a cost told without any run is booked even past a cap, on the agent and not on the submission', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetDailyMicros: USD, budgetPerRunMicros: USD })
    const { taskId, epoch } = await s.task(worker)
    const deliverable = { content: 'the work' }
    const task = unwrap(await worker.client.tasks.complete({ taskId, epoch, deliverable, costMicros: 3 * USD }))
    expect(task.status).toBe('REVIEW')
    expect(await s.balance('AGENT', worker.id)).toEqual({ reserved: 0, settled: 3 * USD })
    expect(unwrap(await s.h.admin.agents.get({ agentId: worker.id })).agent).toMatchObject({
      status: 'PAUSED',
      pausedBy: 'BUDGET',
    })
    expect((await s.rows('approval')).map(({ payload }) => payload)).toMatchObject([{ amountMicros: 2 * USD + 1 }])
  })
})

describe('who may start', () => {
  test('only an agent, on a task it has started and holds', async () => {
    const s = await budgetScene()
    const worker = await s.agent()
    const other = await s.agent()
    const { taskId, epoch } = await s.task(worker)
    expect(codeOf(await s.h.admin.runs.start({ ...START, taskId }))).toBe('FORBIDDEN')
    expect(codeOf(await s.h.mc.system.runs.start({ ...START, projectId: s.h.projectId }))).toBe('FORBIDDEN')
    expect(codeOf(await other.client.runs.start({ ...START, taskId }))).toBe('LEASE_LOST')
    expect(codeOf(await worker.client.runs.start({ ...START, taskId, epoch: epoch + 1 }))).toBe('LEASE_LOST')
    expect(codeOf(await worker.client.runs.start({ ...START, taskId: 'tsk_none' }))).toBe('NOT_FOUND')
    unwrap(await worker.client.tasks.complete({ taskId, epoch, deliverable: { content: 'x' } }))
    const denied = await worker.client.runs.start({ ...START, taskId })
    expect(denied).toMatchObject({
      ok: false,
      error: { code: 'POLICY_DENIED', violations: [{ code: 'TASK_NOT_HELD' }] },
    })
    expect((await s.rows('decision')).map(({ action, decision }) => `${action} ${decision}`)).toEqual([
      'RUN_START DENY',
    ])
    expect(await s.eventKinds()).toContain('POLICY_DECISION')
    expect(await s.rows('run')).toEqual([])
  })

  test('R-27 not a paused agent, and not in a project that is', async () => {
    const s = await budgetScene()
    const worker = await s.agent()
    unwrap(await s.operator.agents.control({ agentId: worker.id, action: 'PAUSE', reason: 'a look' }))
    expect(codeOf(await worker.client.runs.start(START))).toBe('AGENT_NOT_ACTIVE')
    unwrap(await s.operator.agents.control({ agentId: worker.id, action: 'RESUME', reason: 'fine' }))
    unwrap(await s.operator.projects.setOperatorMode({ mode: 'PAUSED', reason: 'a look' }))
    expect(codeOf(await worker.client.runs.start(START))).toBe('OPERATOR_MODE')
  })

  test('R-33 a draining agent only on what it has started', async () => {
    const s = await budgetScene()
    const worker = await s.agent()
    const { taskId, epoch } = await s.task(worker)
    unwrap(await s.operator.agents.control({ agentId: worker.id, action: 'DRAIN', reason: 'going home' }))
    expect(codeOf(await worker.client.runs.start(START))).toBe('AGENT_NOT_ACTIVE')
    expect(codeOf(await worker.client.runs.start({ ...START, taskId, epoch }))).toBe('ok')
    const other = await s.agent()
    unwrap(await s.operator.projects.setOperatorMode({ mode: 'DRAINING', reason: 'maintenance' }))
    expect(codeOf(await other.client.runs.start(START))).toBe('OPERATOR_MODE')
    expect(codeOf(await worker.client.runs.start({ ...START, taskId, epoch }))).toBe('ok')
  })

  test('calls that a run leaves open are closed with it', async () => {
    const { s, worker, runId } = await openRun()
    const call = { tool: 'read_file', input: { path: 'src/app.ts' }, sessionKey: 's', runId }
    unwrap(await worker.client.toolCalls.gate({ ...call, callId: 'one' }))
    const begun = unwrap(await worker.client.toolCalls.gate({ ...call, callId: 'two' }))
    unwrap(await worker.client.toolCalls.begin({ toolCallId: begun.toolCallId }))
    unwrap(await worker.client.runs.complete({ runId }))
    const calls = unwrap(await s.h.admin.toolCalls.list({})).data
    expect(calls.map(({ callId, status, error }) => `${callId} ${status} ${error}`).sort()).toEqual([
      'one DENIED RUN_CLOSED',
      'two FAILED UNKNOWN_OUTCOME',
    ])
  })
})
