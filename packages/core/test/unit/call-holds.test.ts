import { unwrap } from '@mission-control/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { budgetScene, codeOf, costing, MODEL, USD } from './budget-scene.ts'

const MINUTE_MS = 60_000

async function withRun(fields: { budgetDailyMicros?: number } = {}) {
  const s = await budgetScene()
  const worker = await s.agent({ budgetDailyMicros: 5 * USD, budgetPerRunMicros: USD, ...fields })
  const { taskId, epoch } = await s.task(worker)
  const start = { sessionKey: 's', model: MODEL, taskId, epoch, estimatedCostMicros: 100 }
  const { run } = unwrap(await worker.client.runs.start(start))
  const hold = (micros: number, callId: string) => worker.client.runs.hold({ runId: run.id, callId, micros })
  const report = (micros: number, callId: string) =>
    worker.client.runs.report({ runId: run.id, lines: [costing(micros, callId)] })
  const held = async () => (await s.balance('AGENT', worker.id)).reserved
  return { s, worker, run, taskId, hold, report, held }
}

describe('money held for one call', () => {
  test('is there before the call, settled by its report, and the rest of it given back', async () => {
    const { hold, report, held, worker, run, s } = await withRun()
    expect(unwrap(await hold(60, 'a')).heldMicros).toBe(100)
    expect(unwrap(await hold(300, 'b')).heldMicros).toBe(360)
    expect(await held()).toBe(360)
    unwrap(await report(250, 'b'))
    // 250 are used, and 60 still wait for their call.
    expect(await held()).toBe(310)
    unwrap(await report(10, 'a'))
    expect(await held()).toBe(260)
    unwrap(await worker.client.runs.complete({ runId: run.id }))
    expect(await s.balance('AGENT', worker.id)).toEqual({ reserved: 0, settled: 260 })
    expect(await s.balance('PROJECT', s.h.projectId)).toEqual({ reserved: 0, settled: 260 })
  })

  test('asked for again is held once, at the larger amount; after its report it is not held at all', async () => {
    const { hold, report, held } = await withRun()
    await Promise.all([hold(300, 'a'), hold(300, 'a'), hold(200, 'a')])
    expect(await held()).toBe(300)
    unwrap(await hold(400, 'a'))
    expect(await held()).toBe(400)
    unwrap(await report(50, 'a'))
    expect(await held()).toBe(100)
    expect(unwrap(await hold(400, 'a'))).toEqual({ heldMicros: 100, expiresAt: null })
    expect(await held()).toBe(100)
  })

  test('that nobody reports is given back after five minutes, by the clock', async () => {
    const { s, hold, held } = await withRun()
    unwrap(await hold(300, 'a'))
    await s.h.advance(3 * MINUTE_MS)
    unwrap(await hold(50, 'b'))
    expect(await held()).toBe(350)
    await s.h.advance(2 * MINUTE_MS)
    expect(await held()).toBe(100)
    await s.h.advance(4 * MINUTE_MS)
    expect((await s.rows('reservation'))[0]).toMatchObject({ amountMicros: 100, callHolds: [], callHoldsDueAt: null })
  })

  test('never passes the cap of the run, and the run goes on with less', async () => {
    const { s, hold, report } = await withRun()
    unwrap(await report(600_000, 'used'))
    expect(codeOf(await hold(400_001, 'a'))).toBe('BUDGET_EXCEEDED')
    expect(await s.rows('approval')).toEqual([])
    expect(codeOf(await hold(400_000, 'a'))).toBe('ok')
    expect(unwrap(await report(400_000, 'a')).directive).toBe('CONTINUE')
  })

  test('that finds no room on an account has all that a spent budget entails, and stops nothing that runs', async () => {
    const { s, hold, worker, taskId, run } = await withRun({ budgetDailyMicros: 500 })
    const refused = await hold(501, 'a')
    expect(refused).toMatchObject({ ok: false, error: { code: 'BUDGET_EXCEEDED' } })
    expect((await s.rows('approval')).map(({ actionType }) => actionType)).toEqual(['BUDGET_OVERRIDE'])
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).status).toBe('NEEDS_APPROVAL')
    expect(unwrap(await s.h.admin.runs.get({ runId: run.id })).stopReason).toBeNull()
    expect((await s.balance('AGENT', worker.id)).reserved).toBe(100)
    expect(codeOf(await hold(1, 'b'))).toBe('AGENT_NOT_ACTIVE')
  })

  test('is refused to a run that has ended, to another agent and in an old epoch', async () => {
    const { s, hold, worker, run } = await withRun()
    const other = await s.agent()
    const given = { runId: run.id, callId: 'a', micros: 5 }
    expect(codeOf(await other.client.runs.hold(given))).toBe('FORBIDDEN')
    expect(codeOf(await worker.client.runs.hold({ ...given, epoch: 99 }))).toBe('LEASE_LOST')
    for (const micros of [0, -1, 0.5, Number.NaN]) expect(codeOf(await hold(micros, 'a'))).toBe('VALIDATION')
    unwrap(await worker.client.runs.complete({ runId: run.id }))
    expect(codeOf(await hold(5, 'a'))).toBe('RUN_CLOSED')
  })

  test('R-77 any order of holds, reports and time keeps what is held and what is used in step', async () => {
    const call = fc.constantFrom('a', 'b', 'c')
    const micros = fc.integer({ min: 1, max: 500_000 })
    const overTheCap = (['a', 'b', 'c', 'a'] as const).map((id) => ({
      op: 'report' as const,
      call: id,
      micros: 400_000,
    }))
    const step = fc.oneof(
      fc.record({ op: fc.constant('hold' as const), call, micros }),
      fc.record({ op: fc.constant('report' as const), call, micros }),
      fc.record({ op: fc.constant('wait' as const), call, micros }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const { s, worker, run, hold, report } = await withRun()
        for (const given of steps) {
          // Twelve minutes at most: holds of calls end on the way, the lease of the run does not.
          if (given.op === 'wait') await s.h.advance(MINUTE_MS)
          else await (given.op === 'hold' ? hold : report)(given.micros, given.call)
          const [reservation] = await s.rows('reservation')
          const now = unwrap(await s.h.admin.runs.get({ runId: run.id }))
          const balance = await s.balance('AGENT', worker.id)
          // A run that reports after it was stopped is over, and holds nothing any more.
          expect(balance.reserved).toBe(reservation?.status === 'HELD' ? reservation.amountMicros : 0)
          expect(balance.reserved + balance.settled).toBeGreaterThanOrEqual(now.billedMicros)
          if (now.stopReason === null) expect(balance.reserved).toBeLessThanOrEqual(USD)
        }
        const completed = codeOf(await worker.client.runs.complete({ runId: run.id }))
        expect(['ok', 'RUN_CLOSED']).toContain(completed)
        const { billedMicros } = unwrap(await s.h.admin.runs.get({ runId: run.id }))
        expect(await s.balance('AGENT', worker.id)).toEqual({ reserved: 0, settled: billedMicros })
        const entries = (await s.rows('ledgerEntry')).filter(({ accountId }) => accountId.includes('/AGENT/'))
        expect(entries.reduce((sum, { reserved }) => sum + reserved, 0)).toBe(0)
        await s.h.close()
      }),
      { numRuns: 20, examples: [[overTheCap]] },
    )
  }, 60_000)
})
