import type { PolicyPrices } from '../model/policy.ts'
import type { CallPrice, ListPrice, TokenPrice } from '../model/price.ts'
import { COST_STATUSES, type CostStatus, NO_TOKENS, type Tokens } from '../model/run.ts'
import type { UsageLineInput } from '../model/usage.ts'

const TOKENS_PER_PRICE = 1_000_000n

/** A price that was found, and whether it is the model's own or one assumed in its place. */
export interface FoundPrice extends ListPrice {
  readonly isAssumed: boolean
}

export interface UsageCost {
  /** What is paid for it; null: not known, which is not 0. */
  readonly billedMicros: number | null
  /** What it would cost at list price, where a subscription pays for it. */
  readonly imputedMicros: number | null
  readonly costStatus: CostStatus
  readonly priceVersion: string | null
}

/**
 * What a call costs at a price, rounded up to the next micro-USD. Reasoning is priced as output. The product is
 * exact; a result beyond the safe integers is left to whoever sums up, who must refuse it.
 */
export function costOfTokens(tokens: Tokens, price: CallPrice): number {
  const rate = rateFor(tokens, price)
  const parts = [
    [tokens.input, rate.inputMicrosPerMillion],
    [tokens.cacheRead, rate.cacheReadMicrosPerMillion ?? rate.inputMicrosPerMillion],
    [tokens.cacheWrite, rate.cacheWriteMicrosPerMillion ?? rate.inputMicrosPerMillion],
    [tokens.output + tokens.reasoning, rate.outputMicrosPerMillion],
  ] as const
  let total = BigInt(price.perCallMicros ?? 0) * TOKENS_PER_PRICE
  for (const [count, microsPerMillion] of parts) total += BigInt(count) * BigInt(microsPerMillion)
  return Number((total + TOKENS_PER_PRICE - 1n) / TOKENS_PER_PRICE)
}

/** The tier that the input of the call reaches: providers price a long call as a whole, not only what is above the limit. */
function rateFor(tokens: Tokens, price: CallPrice): TokenPrice {
  const inputTokens = tokens.input + tokens.cacheRead + tokens.cacheWrite
  return price.tiers?.findLast(({ aboveInputTokens }) => inputTokens > aboveInputTokens) ?? price
}

/** The cost of one line at the price that was found for it. A cost told by the provider needs no price. */
export function costOfUsage(line: UsageLineInput, price: FoundPrice | null): UsageCost {
  const told = line.costMicros
  if (told === undefined && price === null) {
    return { billedMicros: null, imputedMicros: null, costStatus: 'UNPRICED', priceVersion: null }
  }
  const micros = told ?? (price === null ? 0 : costOfTokens(line.tokens ?? NO_TOKENS, price))
  const priceVersion = told === undefined ? (price?.version ?? null) : null
  if (line.billing === 'SUBSCRIPTION') {
    return { billedMicros: 0, imputedMicros: micros, costStatus: 'IMPUTED', priceVersion }
  }
  const isEstimated = line.isEstimated || (told === undefined && price?.isAssumed === true)
  return {
    billedMicros: micros,
    imputedMicros: null,
    costStatus: isEstimated ? 'ESTIMATED' : 'MEASURED',
    priceVersion,
  }
}

/** The worse known of two statuses: what is said of a run is what is true of its worst line. */
export function worseCostStatus(one: CostStatus | null, other: CostStatus): CostStatus {
  if (one === null) return other
  return COST_STATUSES.indexOf(one) >= COST_STATUSES.indexOf(other) ? one : other
}

/** What of a cost counts against budgets: what is billed, and what is imputed where the policy says so. */
export function countedMicros(
  cost: { readonly billedMicros: number | null; readonly imputedMicros: number | null },
  countImputed: boolean,
): number {
  return (cost.billedMicros ?? 0) + (countImputed ? (cost.imputedMicros ?? 0) : 0)
}

type PricedModel = PolicyPrices['models'][number]

/** Prices by model, made once per policy: a compiled policy never changes. */
const byModel = new WeakMap<readonly PricedModel[], ReadonlyMap<string, readonly PricedModel[]>>()

function indexOf(models: readonly PricedModel[]): ReadonlyMap<string, readonly PricedModel[]> {
  let index = byModel.get(models)
  if (index === undefined) {
    const built = new Map<string, PricedModel[]>()
    for (const entry of models) built.set(entry.model, [...(built.get(entry.model) ?? []), entry])
    index = built
    byModel.set(models, index)
  }
  return index
}

function isDearer(one: TokenPrice, other: TokenPrice): boolean {
  return (
    one.inputMicrosPerMillion + one.outputMicrosPerMillion > other.inputMicrosPerMillion + other.outputMicrosPerMillion
  )
}

/** The dearest of some prices; null of none. */
export function dearest<P extends TokenPrice>(prices: readonly P[]): P | null {
  let found: P | null = null
  for (const price of prices) if (found === null || isDearer(price, found)) found = price
  return found
}

/** The price that the policy sets for a model; without a provider, the dearest that fits. */
export function policyPrice(prices: PolicyPrices, provider: string | null, model: string): TokenPrice | null {
  const fitting = indexOf(prices.models).get(model) ?? []
  return dearest(provider === null ? fitting : fitting.filter((entry) => entry.provider === provider))
}
