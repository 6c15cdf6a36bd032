import { readFileSync } from 'node:fs'
import { findProvider } from '@pydantic/genai-prices'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { listPriceOf } from './convert.ts'
import { microsOfListed } from './decimal.ts'
import { createGenaiPriceBook, LIST_VERSION } from './price-book.ts'
import { PROVIDER_IDS } from './providers.ts'

const AT = Date.parse('2026-11-24T12:00:00Z')
const book = createGenaiPriceBook()

describe('a listed price', () => {
  test('is read digit by digit, and rounded up below a micro-USD', () => {
    expect([0.15, 3.75, 0.1, 1.1, 75, 0.0375, 0].map(microsOfListed)).toEqual([
      150_000, 3_750_000, 100_000, 1_100_000, 75_000_000, 37_500, 0,
    ])
    expect(microsOfListed(0.0000001)).toBe(1)
    fc.assert(
      fc.property(fc.nat(999), fc.nat(999_999), (whole, micros) => {
        const usd = Number(`${whole}.${String(micros).padStart(6, '0')}`)
        expect(microsOfListed(usd)).toBe(whole * 1_000_000 + micros)
      }),
    )
  })

  test('of what is not sold by the token is not known', () => {
    expect(listPriceOf({ audio_hours: 0.1 }, 'v')).toBeNull()
  })

  test('has no class that costs nothing for want of a price', () => {
    expect(listPriceOf({ input_mtok: 2 }, 'v')).toEqual({
      inputMicrosPerMillion: 2_000_000,
      outputMicrosPerMillion: 2_000_000,
      cacheReadMicrosPerMillion: null,
      cacheWriteMicrosPerMillion: null,
      version: 'v',
    })
  })
})

describe('the price book', () => {
  test('knows models by provider, with the tiers of long calls and where the price stands', () => {
    expect(book.price('anthropic', 'claude-sonnet-4-5', AT)).toEqual({
      inputMicrosPerMillion: 3_000_000,
      outputMicrosPerMillion: 15_000_000,
      cacheReadMicrosPerMillion: 300_000,
      cacheWriteMicrosPerMillion: 3_750_000,
      version: 'genai-prices@0.1.8 anthropic/claude-sonnet-4-5',
      tiers: [
        {
          aboveInputTokens: 200_000,
          inputMicrosPerMillion: 6_000_000,
          outputMicrosPerMillion: 22_500_000,
          cacheReadMicrosPerMillion: 600_000,
          cacheWriteMicrosPerMillion: 7_500_000,
        },
      ],
    })
    expect(book.price('perplexity', 'sonar-pro', AT)?.perCallMicros).toBe(14_000)
  })

  test('finds the provider by the name of the model, and says null for what nobody lists', () => {
    expect(book.price(null, 'claude-opus-4-1', AT)).toEqual(book.price('anthropic', 'claude-opus-4-1', AT))
    expect(book.price('openai', 'no-such-model', AT)).toBeNull()
    expect(book.price('no-such-provider', 'gpt-5', AT)).toBeNull()
    expect(book.price(null, 'no-such-model', AT)).toBeNull()
  })

  test('gives the price of that moment where a price changes over the day', () => {
    const at = (time: string) => book.price('deepseek', 'deepseek-chat', Date.parse(`2025-06-01T${time}Z`))
    expect(at('20:00:00')?.inputMicrosPerMillion).toBeLessThan(at('10:00:00')?.inputMicrosPerMillion ?? 0)
    expect(at('10:00:00')).toEqual(at('10:00:30'))
  })

  test('holds for the worst case what no listed model exceeds', () => {
    const worst = book.dearest(AT)
    const total = (price: typeof worst) =>
      (price?.inputMicrosPerMillion ?? 0) + (price?.outputMicrosPerMillion ?? Number.POSITIVE_INFINITY)
    for (const model of ['o1-pro', 'gpt-5', 'gpt-4']) {
      expect(total(worst)).toBeGreaterThanOrEqual(total(book.price('openai', model, AT)))
    }
  })
})

test('the list is the release that is named, and each provider is in it', () => {
  const manifest = readFileSync(new URL('../../../pnpm-workspace.yaml', import.meta.url), 'utf8')
  expect(manifest).toContain(`"@pydantic/genai-prices": ${LIST_VERSION}\n`)
  expect(PROVIDER_IDS.filter((id) => findProvider({ providerId: id })?.id !== id)).toEqual([])
})
