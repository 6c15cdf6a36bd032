import { type ListPrice, type PriceBook, unwrap } from '@mission-control/core'
import { describe, expect, test } from 'vitest'
import { budgetScene, codeOf, costing, MODEL, USD } from './budget-scene.ts'

const START = { sessionKey: 's', model: MODEL }
const TOKENS = { input: 1000, output: 200, cacheRead: 50, cacheWrite: 10, reasoning: 100 }

async function withRun(sections: Readonly<Record<string, unknown>> = {}, model: string = MODEL) {
  const s = await budgetScene({ sections })
  const worker = await s.agent({ budgetPerRunMicros: USD })
  const { taskId, epoch } = await s.task(worker)
  const start = () => worker.client.runs.start({ sessionKey: 's', model, taskId, epoch })
  return { s, worker, taskId, epoch, start, report: worker.client.runs.report }
}

describe('R-75 amounts that are none', () => {
  const bad = [-1, Number.NaN, Number.POSITIVE_INFINITY, 0.5, Number.MAX_SAFE_INTEGER + 1, 1e15, '5', null]

  test.each(bad)('%s is refused in an estimate, a cost, a token count and a cap', async (value) => {
    const { s, worker, start, report } = await withRun()
    const { run } = unwrap(await start())
    const before = await s.balance('PROJECT', s.h.projectId)
    const amount = value as never
    expect(codeOf(await worker.client.runs.start({ ...START, estimatedCostMicros: amount }))).toBe('VALIDATION')
    expect(codeOf(await report({ runId: run.id, lines: [{ callId: 'a', costMicros: amount }] }))).toBe('VALIDATION')
    expect(codeOf(await report({ runId: run.id, lines: [{ callId: 'a', tokens: { input: amount } }] }))).toBe(
      'VALIDATION',
    )
    if (value !== 1e15 && value !== null) {
      const budget = { scopeType: 'PROJECT', scopeId: s.h.projectId, capMicros: amount } as const
      expect(codeOf(await s.h.admin.budgets.set(budget))).toBe('VALIDATION')
    }
    expect(await s.balance('PROJECT', s.h.projectId)).toEqual(before)
    expect(await s.rows('usageLine')).toEqual([])
  })

  test('so are lines that say nothing, contradict themselves, or are too many', async () => {
    const { start, report } = await withRun()
    const { run } = unwrap(await start())
    const lines = [
      [{ callId: 'a' }],
      [{ callId: '', costMicros: 1 }],
      [{ callId: 'a', label: 'lunch' }],
      [{ callId: 'a', label: 'lunch', costMicros: 1, model: MODEL }],
      [{ callId: 'a', costMicros: 1, extra: true }],
      [],
      Array.from({ length: 101 }, (_, index) => costing(1, `c${index}`)),
    ]
    for (const given of lines) expect(codeOf(await report({ runId: run.id, lines: given as never }))).toBe('VALIDATION')
  })

  test('and a sum that could not be counted exactly', async () => {
    const s = await budgetScene({
      sections: {
        prices: {
          models: [{ provider: 'acme', model: MODEL, inputMicrosPerMillion: 9e15, outputMicrosPerMillion: 1 }],
          fallback: null,
        },
      },
    })
    const worker = await s.agent()
    const { run } = unwrap(await worker.client.runs.start(START))
    const line = { callId: 'a', tokens: { input: 1e12 } }
    expect(codeOf(await worker.client.runs.report({ runId: run.id, lines: [line] }))).toBe('VALIDATION')
    expect(codeOf(await worker.client.runs.complete({ runId: run.id, lines: [line] }))).toBe('VALIDATION')
    expect(unwrap(await worker.client.runs.complete({ runId: run.id })).run.billedMicros).toBe(0)
  })
})

describe('what a line costs', () => {
  test('tokens at the price of the policy, each class at its own, rounded up', async () => {
    const { s, start, report } = await withRun({
      prices: {
        models: [
          {
            provider: 'acme',
            model: MODEL,
            inputMicrosPerMillion: 3,
            outputMicrosPerMillion: 15,
            cacheReadMicrosPerMillion: 1,
          },
        ],
        fallback: null,
      },
    })
    const { run } = unwrap(await start())
    unwrap(
      await report({
        runId: run.id,
        lines: [{ callId: 'a', provider: 'acme', tokens: { ...TOKENS, input: 400_000 } }],
      }),
    )
    const [line] = await s.rows('usageLine')
    // 400,000 × 3 + 50 × 1 + 10 × 3 + 300 × 15 per million: 1.204580, so 2.
    expect(line).toMatchObject({
      billedMicros: 2,
      imputedMicros: null,
      costStatus: 'MEASURED',
      priceVersion: 'global@1+money@1',
      model: MODEL,
    })
  })

  test('the cost the provider tells, whatever the price; an estimate is called one', async () => {
    const { s, start, report } = await withRun()
    const { run } = unwrap(await start())
    const lines = [
      costing(77, 'a'),
      { ...costing(5, 'b'), isEstimated: true },
      { callId: 'c', label: 'a search', costMicros: 8 },
    ]
    const reported = unwrap(await report({ runId: run.id, lines }))
    expect(reported.run).toMatchObject({ billedMicros: 90, costStatus: 'ESTIMATED' })
    const rows = await s.rows('usageLine')
    expect(
      rows.map(({ callId, costStatus, priceVersion, label }) => ({ callId, costStatus, priceVersion, label })),
    ).toEqual(
      expect.arrayContaining([
        { callId: 'a', costStatus: 'MEASURED', priceVersion: null, label: null },
        { callId: 'b', costStatus: 'ESTIMATED', priceVersion: null, label: null },
        { callId: 'c', costStatus: 'MEASURED', priceVersion: null, label: 'a search' },
      ]),
    )
  })

  test('R-78 a subscription is imputed at list price and counts against the budget', async () => {
    const { s, worker, start, report } = await withRun()
    const { run } = unwrap(await start())
    const line = { callId: 'a', provider: 'acme', tokens: { input: 300_000 }, billing: 'SUBSCRIPTION' as const }
    const reported = unwrap(await report({ runId: run.id, lines: [line] }))
    expect(reported).toMatchObject({
      remainingMicros: 700_000,
      run: { billedMicros: 0, imputedMicros: 300_000, costStatus: 'IMPUTED' },
    })
    unwrap(await worker.client.runs.complete({ runId: run.id }))
    expect(await s.balance('AGENT', worker.id)).toEqual({ reserved: 0, settled: 300_000 })
  })

  test('and does not where the policy says so', async () => {
    const { s, worker, start } = await withRun({ rules: { countImputed: false } })
    const { run } = unwrap(await start())
    const line = { callId: 'a', provider: 'acme', tokens: { input: 300_000 }, billing: 'SUBSCRIPTION' as const }
    unwrap(await worker.client.runs.complete({ runId: run.id, lines: [line] }))
    expect(await s.balance('AGENT', worker.id)).toEqual({ reserved: 0, settled: 0 })
  })

  test('R-78 an unknown model is UNPRICED, never 0, and stops the run', async () => {
    const { s, worker, start, report } = await withRun()
    const { run } = unwrap(await start())
    const line = { callId: 'a', model: 'never-heard-of', tokens: TOKENS }
    const reported = unwrap(await report({ runId: run.id, lines: [line] }))
    expect(reported).toMatchObject({
      directive: 'STOP',
      run: { costStatus: 'UNPRICED', stopReason: 'BUDGET', inputTokens: 1000 },
    })
    expect((await s.rows('usageLine'))[0]).toMatchObject({
      billedMicros: null,
      imputedMicros: null,
      costStatus: 'UNPRICED',
    })
    expect((await s.rows('alert')).map(({ type, dedupeKey }) => [type, dedupeKey])).toEqual([
      ['COST_UNPRICED', 'COST_UNPRICED:never-heard-of'],
    ])
    expect(unwrap(await worker.client.runs.complete({ runId: run.id })).run.status).toBe('STOPPED')
  })

  test('ALLOW counts its tokens and lets it go on, with one alert', async () => {
    const { s, start, report } = await withRun({ rules: { onUnpriced: 'ALLOW' } }, 'never-heard-of')
    const { run } = unwrap(await start())
    for (const callId of ['a', 'b']) {
      const reported = unwrap(await report({ runId: run.id, lines: [{ callId, tokens: TOKENS }] }))
      expect(reported).toMatchObject({ directive: 'CONTINUE', run: { costStatus: 'UNPRICED' } })
    }
    expect((await s.rows('alert')).map(({ count }) => count)).toEqual([1])
  })

  test('the alert about it is cleared when the policy has a price', async () => {
    const { s, start, report } = await withRun({ rules: { onUnpriced: 'ALLOW' } }, 'unknown')
    const { run } = unwrap(await start())
    unwrap(await report({ runId: run.id, lines: [{ callId: 'a', tokens: TOKENS }] }))
    const statuses = async () =>
      (await s.rows('alert')).filter(({ type }) => type === 'COST_UNPRICED').map(({ status }) => status)
    await s.h.advance(120_000)
    expect(await statuses()).toEqual(['OPEN'])
    const price = { provider: 'acme', model: 'unknown', inputMicrosPerMillion: 1, outputMicrosPerMillion: 1 }
    const content = { prices: { models: [price], fallback: null } }
    const draft = unwrap(await s.h.admin.policies.draft({ name: 'prices', scopeType: 'PROJECT', content }))
    unwrap(await s.h.admin.policies.activate({ policyId: draft.id }))
    await s.h.advance(120_000)
    expect(await statuses()).toEqual(['RESOLVED'])
  })

  test('HOLD_WORST_CASE counts it at the dearest price that is known', async () => {
    const dear = {
      provider: 'acme',
      model: 'dear',
      inputMicrosPerMillion: 10_000_000,
      outputMicrosPerMillion: 50_000_000,
    }
    const cheap = { provider: 'acme', model: 'cheap', inputMicrosPerMillion: 1, outputMicrosPerMillion: 1 }
    const sections = { rules: { onUnpriced: 'HOLD_WORST_CASE' }, prices: { models: [cheap, dear], fallback: null } }
    const { start, report } = await withRun(sections, 'never-heard-of')
    const { run } = unwrap(await start())
    const reported = unwrap(await report({ runId: run.id, lines: [{ callId: 'a', tokens: { input: 1000 } }] }))
    expect(reported).toMatchObject({ directive: 'CONTINUE', run: { billedMicros: 10_000, costStatus: 'ESTIMATED' } })
    const none = await withRun({ ...sections, prices: { models: [], fallback: null } }, 'never-heard-of')
    expect(codeOf(await none.start())).toBe('APPROVAL_REQUIRED')
  })

  test('a fallback price makes it an estimate', async () => {
    const fallback = { inputMicrosPerMillion: 1_000_000, outputMicrosPerMillion: 3_000_000 }
    const { start, report } = await withRun({ prices: { models: [], fallback } }, 'never-heard-of')
    const { run } = unwrap(await start())
    const reported = unwrap(
      await report({ runId: run.id, lines: [{ callId: 'a', tokens: { input: 100, output: 10 } }] }),
    )
    expect(reported.run).toMatchObject({ billedMicros: 130, costStatus: 'ESTIMATED' })
  })
})

describe('a price book', () => {
  const listed = { inputMicrosPerMillion: 3_000_000, outputMicrosPerMillion: 15_000_000 }
  const book = (price: ListPrice): PriceBook => ({
    price: (_provider, model) => (model === 'listed-model' ? price : null),
    dearest: () => ({ ...price, inputMicrosPerMillion: 9_000_000 }),
  })
  const costOf = async (price: ListPrice, line: object, sections = {}) => {
    const s = await budgetScene({ priceBook: book(price), sections })
    const worker = await s.agent({ budgetPerRunMicros: USD })
    const { run } = unwrap(await worker.client.runs.start({ ...START, model: 'listed-model' }))
    unwrap(await worker.client.runs.report({ runId: run.id, lines: [{ callId: 'a', ...line }] }))
    return (await s.rows('usageLine'))[0]
  }
  const PRICE = { ...listed, cacheReadMicrosPerMillion: 300_000, cacheWriteMicrosPerMillion: null, version: 'list 7' }
  const CALL = { model: 'listed-model', tokens: { input: 1000, cacheRead: 1000 } }

  test('prices what the policy does not, and the line keeps its version', async () => {
    const line = await costOf(PRICE, CALL)
    expect(line).toMatchObject({ billedMicros: 3300, costStatus: 'MEASURED', priceVersion: 'list 7' })
  })

  test('comes after the prices of the policy', async () => {
    const model = { provider: 'acme', model: 'listed-model', inputMicrosPerMillion: 1, outputMicrosPerMillion: 1 }
    const line = await costOf(PRICE, CALL, { prices: { models: [model], fallback: null } })
    expect(line?.priceVersion).not.toBe('list 7')
    expect(line?.billedMicros).toBe(1)
  })

  test('that answers with a fraction does not know the price', async () => {
    const line = await costOf({ ...PRICE, inputMicrosPerMillion: 0.5 }, CALL, { rules: { onUnpriced: 'ALLOW' } })
    expect(line).toMatchObject({ billedMicros: null, costStatus: 'UNPRICED', priceVersion: null })
  })

  test('names the dearest price for the worst case', async () => {
    const unknown = { model: 'unlisted', tokens: { input: 1_000_000 } }
    const line = await costOf(PRICE, unknown, { rules: { onUnpriced: 'HOLD_WORST_CASE' } })
    expect(line).toMatchObject({ billedMicros: 9_000_000, costStatus: 'ESTIMATED' })
  })
})

describe('a start that a human must agree to', () => {
  test('an estimate above the cap per run: parked, approved once, then the cap of that run', async () => {
    const { s, worker, taskId, epoch } = await withRun()
    const big = { ...START, taskId, epoch, estimatedCostMicros: 3 * USD }
    const asked = await worker.client.runs.start(big)
    expect(asked).toMatchObject({ ok: false, error: { code: 'APPROVAL_REQUIRED' } })
    const [approval] = await s.rows('approval')
    expect(approval).toMatchObject({
      actionType: 'RUN_START',
      riskLevel: 'YELLOW',
      taskId,
      taskEpoch: epoch,
      estimatedCostMicros: 3 * USD,
      payload: { model: MODEL, estimatedCostMicros: 3 * USD },
      covers: ['RUN_CAP_EXCEEDED'],
    })
    expect(unwrap(await s.h.admin.tasks.get({ taskId })).status).toBe('NEEDS_APPROVAL')
    // It waits: asking again opens nothing else, whatever it asks for.
    const waiting = await worker.client.runs.start({ ...START, taskId, epoch })
    expect(waiting).toMatchObject({ ok: false, error: { code: 'APPROVAL_REQUIRED', approvalIds: [approval?.id] } })
    expect(await s.rows('approval')).toHaveLength(1)
    unwrap(
      await s.operator.approvals.decide({ approvalId: approval?.id ?? '', verdict: 'APPROVE', reason: 'worth it' }),
    )
    const { run, remainingMicros } = unwrap(await worker.client.runs.start(big))
    expect({ capMicros: run.capMicros, remainingMicros }).toEqual({ capMicros: 3 * USD, remainingMicros: 3 * USD })
    expect(await s.balance('RUN', run.id)).toEqual({ reserved: 3 * USD, settled: 0 })
    expect((await s.rows('approval'))[0]?.usedAt).not.toBeNull()
    expect((await s.rows('decision')).map(({ decision, runId }) => [decision, runId])).toContainEqual(['ALLOW', run.id])
    // Used once: the same again is asked anew.
    expect(codeOf(await worker.client.runs.start(big))).toBe('APPROVAL_REQUIRED')
    expect(await s.rows('approval')).toHaveLength(2)
  })

  test('a grant is for this estimate or less of the same model only', async () => {
    const { s, worker, taskId, epoch } = await withRun()
    const big = { ...START, taskId, epoch, estimatedCostMicros: 2 * USD }
    expect(codeOf(await worker.client.runs.start(big))).toBe('APPROVAL_REQUIRED')
    const [approval] = await s.rows('approval')
    unwrap(
      await s.operator.approvals.decide({ approvalId: approval?.id ?? '', verdict: 'APPROVE', reason: 'worth it' }),
    )
    expect(codeOf(await worker.client.runs.start({ ...big, estimatedCostMicros: 2 * USD + 1 }))).toBe(
      'APPROVAL_REQUIRED',
    )
    expect(await s.rows('run')).toEqual([])
  })

  test('a model without a price: asked, and once agreed to its reports go on', async () => {
    const { s, worker, start, report } = await withRun({}, 'never-heard-of')
    expect(codeOf(await start())).toBe('APPROVAL_REQUIRED')
    const [approval] = await s.rows('approval')
    expect(approval).toMatchObject({ actionType: 'RUN_START', covers: ['MODEL_UNPRICED'] })
    unwrap(await s.operator.approvals.decide({ approvalId: approval?.id ?? '', verdict: 'APPROVE', reason: 'try it' }))
    const { run } = unwrap(await start())
    expect(unwrap(await report({ runId: run.id, lines: [{ callId: 'a', tokens: TOKENS }] })).directive).toBe('CONTINUE')
    // Agreed was this model, not any.
    const other = await report({ runId: run.id, lines: [{ callId: 'b', model: 'another', tokens: TOKENS }] })
    expect(unwrap(other).directive).toBe('STOP')
    expect(unwrap(await worker.client.runs.complete({ runId: run.id })).run.costStatus).toBe('UNPRICED')
  })

  test('a policy of DENY denies it', async () => {
    const { s, start } = await withRun({ rules: { onUnpriced: 'DENY' } }, 'never-heard-of')
    expect(await start()).toMatchObject({
      ok: false,
      error: { code: 'POLICY_DENIED', violations: [{ code: 'MODEL_UNPRICED' }] },
    })
    expect(await s.rows('approval')).toEqual([])
    expect((await s.rows('decision'))[0]).toMatchObject({
      decision: 'DENY',
      action: 'RUN_START',
      facts: { model: 'never-heard-of' },
    })
  })

  test('an agent whose runs may cost nothing starts none', async () => {
    const s = await budgetScene()
    const worker = await s.agent({ budgetPerRunMicros: 0 })
    expect(codeOf(await worker.client.runs.start(START))).toBe('POLICY_DENIED')
    expect(codeOf(await worker.client.runs.start({ ...START, estimatedCostMicros: 5 }))).toBe('APPROVAL_REQUIRED')
  })
})
