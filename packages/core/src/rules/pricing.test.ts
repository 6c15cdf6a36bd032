import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { COST_STATUSES, NO_TOKENS } from '../model/run.ts'
import { usageLineInput } from '../model/usage.ts'
import { costOfTokens, costOfUsage, countedMicros, dearest, policyPrice, worseCostStatus } from './pricing.ts'

const PRICE = {
  inputMicrosPerMillion: 3_000_000,
  outputMicrosPerMillion: 15_000_000,
  cacheReadMicrosPerMillion: 300_000,
  cacheWriteMicrosPerMillion: 3_750_000,
}
const FOUND = { ...PRICE, version: 'v1', isAssumed: false }
const line = (given: object) => usageLineInput.parse({ callId: 'a', tokens: { input: 1_000_000 }, ...given })

describe('the cost of tokens', () => {
  test('is the sum of the classes, reasoning as output', () => {
    const tokens = {
      input: 1_000_000,
      output: 1_000_000,
      cacheRead: 1_000_000,
      cacheWrite: 1_000_000,
      reasoning: 1_000_000,
    }
    expect(costOfTokens(tokens, PRICE)).toBe(3_000_000 + 15_000_000 + 300_000 + 3_750_000 + 15_000_000)
  })

  test('is rounded up once, over all classes', () => {
    expect(costOfTokens({ ...NO_TOKENS, input: 1 }, { ...PRICE, inputMicrosPerMillion: 1 })).toBe(1)
    expect(
      costOfTokens(
        { ...NO_TOKENS, input: 1, cacheRead: 1 },
        { ...PRICE, inputMicrosPerMillion: 1, cacheReadMicrosPerMillion: 1 },
      ),
    ).toBe(1)
    expect(costOfTokens(NO_TOKENS, PRICE)).toBe(0)
  })

  test('a class without its own price costs as input, not nothing', () => {
    const price = { ...PRICE, cacheReadMicrosPerMillion: null, cacheWriteMicrosPerMillion: null }
    expect(costOfTokens({ ...NO_TOKENS, cacheRead: 1_000_000, cacheWrite: 1_000_000 }, price)).toBe(6_000_000)
  })

  test('a long call is priced as a whole at the tier that its input reaches, cached input included', () => {
    const tier = { ...PRICE, aboveInputTokens: 200_000, inputMicrosPerMillion: 6_000_000 }
    const price = { ...PRICE, tiers: [tier, { ...tier, aboveInputTokens: 400_000, inputMicrosPerMillion: 9_000_000 }] }
    expect(costOfTokens({ ...NO_TOKENS, input: 200_000 }, price)).toBe(600_000)
    expect(costOfTokens({ ...NO_TOKENS, input: 200_000, cacheRead: 1 }, price)).toBe(1_200_001)
    expect(costOfTokens({ ...NO_TOKENS, input: 1_000_000 }, price)).toBe(9_000_000)
  })

  test('a price of the call itself comes once, whatever the tokens', () => {
    expect(costOfTokens({ ...NO_TOKENS, input: 1_000_000 }, { ...PRICE, perCallMicros: 14_000 })).toBe(3_014_000)
    expect(costOfTokens(NO_TOKENS, { ...PRICE, perCallMicros: 14_000 })).toBe(14_000)
  })

  test('equals exact arithmetic for any amounts, and a huge one is not a safe integer', () => {
    const count = fc.nat(1_000_000_000)
    fc.assert(
      fc.property(count, count, fc.nat(100_000_000), fc.nat(100_000_000), (input, output, inputPrice, outputPrice) => {
        const price = { ...PRICE, inputMicrosPerMillion: inputPrice, outputMicrosPerMillion: outputPrice }
        const product = BigInt(input) * BigInt(inputPrice) + BigInt(output) * BigInt(outputPrice)
        const expected = product / 1_000_000n + (product % 1_000_000n === 0n ? 0n : 1n)
        expect(BigInt(costOfTokens({ ...NO_TOKENS, input, output }, price))).toBe(expected)
      }),
    )
    const huge = costOfTokens(
      { ...NO_TOKENS, input: 1e12 },
      { ...PRICE, inputMicrosPerMillion: Number.MAX_SAFE_INTEGER },
    )
    expect(Number.isSafeInteger(huge)).toBe(false)
  })
})

describe('R-78 the cost of a line', () => {
  test.each([
    [
      'metered, price known',
      {},
      FOUND,
      { billedMicros: 3_000_000, imputedMicros: null, costStatus: 'MEASURED', priceVersion: 'v1' },
    ],
    [
      'tokens estimated',
      { isEstimated: true },
      FOUND,
      { billedMicros: 3_000_000, imputedMicros: null, costStatus: 'ESTIMATED', priceVersion: 'v1' },
    ],
    [
      'price assumed',
      {},
      { ...FOUND, isAssumed: true },
      { billedMicros: 3_000_000, imputedMicros: null, costStatus: 'ESTIMATED', priceVersion: 'v1' },
    ],
    [
      'price unknown',
      {},
      null,
      { billedMicros: null, imputedMicros: null, costStatus: 'UNPRICED', priceVersion: null },
    ],
    [
      'subscription',
      { billing: 'SUBSCRIPTION' },
      FOUND,
      { billedMicros: 0, imputedMicros: 3_000_000, costStatus: 'IMPUTED', priceVersion: 'v1' },
    ],
    [
      'subscription, price unknown',
      { billing: 'SUBSCRIPTION' },
      null,
      { billedMicros: null, imputedMicros: null, costStatus: 'UNPRICED', priceVersion: null },
    ],
    [
      'cost told, price unknown',
      { costMicros: 5 },
      null,
      { billedMicros: 5, imputedMicros: null, costStatus: 'MEASURED', priceVersion: null },
    ],
    [
      'cost told, price known',
      { costMicros: 5 },
      FOUND,
      { billedMicros: 5, imputedMicros: null, costStatus: 'MEASURED', priceVersion: null },
    ],
    [
      'cost told as 0',
      { costMicros: 0 },
      FOUND,
      { billedMicros: 0, imputedMicros: null, costStatus: 'MEASURED', priceVersion: null },
    ],
    [
      'a charge',
      { tokens: undefined, label: 'search', costMicros: 9 },
      null,
      { billedMicros: 9, imputedMicros: null, costStatus: 'MEASURED', priceVersion: null },
    ],
  ])('%s', (_what, given, price, expected) => {
    expect(costOfUsage(line(given), price)).toEqual(expected)
  })

  test('imputed cost counts where the policy says so; unknown cost adds nothing that could be mistaken for a price', () => {
    expect(countedMicros({ billedMicros: 0, imputedMicros: 7 }, true)).toBe(7)
    expect(countedMicros({ billedMicros: 0, imputedMicros: 7 }, false)).toBe(0)
    expect(countedMicros({ billedMicros: null, imputedMicros: null }, true)).toBe(0)
  })

  test('a run is as well known as its worst line, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...COST_STATUSES), { minLength: 1 }), (statuses) => {
        const worst = statuses.reduce<(typeof COST_STATUSES)[number] | null>(
          (sum, status) => worseCostStatus(sum, status),
          null,
        )
        expect(worst).toBe(COST_STATUSES.filter((status) => statuses.includes(status)).at(-1))
      }),
    )
  })
})

describe('the price of the policy', () => {
  const entry = (provider: string, model: string, input: number) => ({
    ...PRICE,
    provider,
    model,
    inputMicrosPerMillion: input,
  })
  const prices = {
    models: [entry('a', 'm', 1), entry('b', 'm', 2), entry('a', 'm', 3), entry('a', 'n', 9)],
    fallback: null,
  }

  test.each([
    ['a', 'm', 3],
    ['b', 'm', 2],
    [null, 'm', 3],
    [null, 'n', 9],
    ['b', 'n', undefined],
    [null, 'M', undefined],
  ])('%s %s', (provider, model, input) => {
    expect(policyPrice(prices, provider, model)?.inputMicrosPerMillion).toBe(input)
  })

  test('of none there is no dearest', () => {
    expect(dearest([])).toBeNull()
    expect(policyPrice({ models: [], fallback: null }, null, 'm')).toBeNull()
  })
})
