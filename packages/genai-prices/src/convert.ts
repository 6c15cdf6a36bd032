import type { ListPrice, PriceTier, TokenPrice } from '@mission-control/core'
import type { ModelPrice, TieredPrices } from '@pydantic/genai-prices'
import { microsOfListed } from './decimal.ts'

type Rate = number | TieredPrices | undefined

/** The rates of the list that have a class of tokens here, in USD per million. */
interface Rates {
  readonly input: Rate
  readonly output: Rate
  readonly cacheRead: Rate
  readonly cacheWrite: Rate
}

/**
 * A price of the list in whole micro-USD. Null for what is not sold by the token. A class without a price of its own
 * counts as input, also the output of models that have none: a price that is not known is never 0.
 */
export function listPriceOf(listed: ModelPrice, version: string): ListPrice | null {
  const { input_mtok: input, output_mtok: output } = listed
  if (input === undefined) return null
  const rates: Rates = {
    input,
    output: output ?? input,
    cacheRead: listed.cache_read_mtok,
    cacheWrite: listed.cache_write_mtok,
  }
  const limits = limitsOf(rates)
  const perThousandCalls = listed.requests_kcount
  return {
    ...priceAbove(rates, -1),
    version,
    ...(limits.length === 0 ? {} : { tiers: limits.map((limit): PriceTier => tierOf(rates, limit)) }),
    ...(typeof perThousandCalls === 'number'
      ? { perCallMicros: Math.ceil(microsOfListed(perThousandCalls) / 1000) }
      : {}),
  }
}

function limitsOf(rates: Rates): number[] {
  const starts = Object.values(rates as unknown as Readonly<Record<string, Rate>>).flatMap((rate) =>
    typeof rate === 'object' ? rate.tiers.map(({ start }) => start) : [],
  )
  return [...new Set(starts)].sort((one, other) => one - other)
}

function tierOf(rates: Rates, limit: number): PriceTier {
  return { aboveInputTokens: limit, ...priceAbove(rates, limit) }
}

/** The price of calls with more input tokens than that. */
function priceAbove(rates: Rates, inputTokens: number): TokenPrice {
  const at = (rate: Rate) => (rate === undefined ? null : microsOfListed(rateAbove(rate, inputTokens)))
  const input = at(rates.input) ?? 0
  return {
    inputMicrosPerMillion: input,
    outputMicrosPerMillion: at(rates.output) ?? input,
    cacheReadMicrosPerMillion: at(rates.cacheRead),
    cacheWriteMicrosPerMillion: at(rates.cacheWrite),
  }
}

function rateAbove(rate: number | TieredPrices, inputTokens: number): number {
  if (typeof rate === 'number') return rate
  const reached = rate.tiers.filter(({ start }) => start <= inputTokens)
  return reached.reduce((last, tier) => (tier.start >= last.start ? tier : last), { start: -1, price: rate.base }).price
}
