import type { ListPrice, PriceBook } from '@mission-control/core'
import { calcPrice, findProvider, type ModelPrice, type PriceCalculationResult } from '@pydantic/genai-prices'
import { listPriceOf } from './convert.ts'
import { REMEMBERED_MAX, STEP_MS } from './limits.ts'
import { PROVIDER_IDS } from './providers.ts'

/** The release of the list; part of the version that every priced line keeps. */
export const LIST_VERSION = '0.1.8'

interface Answer {
  readonly price: ListPrice | null
  /** Whether it is the same at every moment. */
  readonly isLasting: boolean
}

/**
 * The public list prices of language models, as they come with the package: offline, dated, the same for every host
 * of one release. Prices of your contract belong into the policy, which comes first.
 */
export function createGenaiPriceBook(): PriceBook {
  const remembered = new Map<string, Answer>()
  let worst: ListPrice | null | undefined

  const remember = (key: string, ask: () => Answer): Answer => {
    const known = remembered.get(key)
    if (known !== undefined) return known
    if (remembered.size >= REMEMBERED_MAX) remembered.clear()
    const answer = ask()
    remembered.set(key, answer)
    return answer
  }

  return {
    price: (provider, model, at) => {
      const name = `${provider ?? ''}\u0000${model}`
      const ask = () => lookUp(provider, model, at)
      const first = remember(name, ask)
      if (first.isLasting) return first.price
      return remember(`${name}\u0000${Math.floor(at / STEP_MS)}`, ask).price
    },
    dearest: () => {
      if (worst === undefined) worst = dearestOfAll()
      return worst
    },
  }
}

/** Without a provider, the one whose models are named so; where the name tells none, the dearest that has such a model. */
function lookUp(provider: string | null, model: string, at: number): Answer {
  if (provider !== null) return answerOf(found(provider, model, at))
  const own = found(null, model, at)
  if (own !== null) return answerOf(own)
  const fitting = PROVIDER_IDS.map((id) => answerOf(found(id, model, at)))
  return {
    price: dearest(fitting.map(({ price }) => price)),
    isLasting: fitting.every(({ isLasting }) => isLasting),
  }
}

function found(provider: string | null, model: string, at: number): PriceCalculationResult {
  try {
    return calcPrice({ input_tokens: 1 }, model, {
      ...(provider === null ? {} : { providerId: provider }),
      timestamp: new Date(at),
    })
  } catch {
    // What the list cannot work out is not known, and the policy says what follows from that.
    return null
  }
}

function answerOf(result: PriceCalculationResult): Answer {
  if (result === null) return { price: null, isLasting: true }
  const { provider, model, model_price: listed } = result
  return { price: listPriceOf(listed, versionOf(provider.id, model.id)), isLasting: !Array.isArray(model.prices) }
}

function versionOf(providerId: string, modelId: string): string {
  return `genai-prices@${LIST_VERSION} ${providerId}/${modelId}`
}

/** The dearest price that the list has or ever had for any model: what is held for an unknown one must be enough. */
function dearestOfAll(): ListPrice | null {
  const prices = PROVIDER_IDS.flatMap((providerId) => {
    const provider = findProvider({ providerId })
    return (provider?.models ?? []).flatMap((model) => {
      const all: readonly ModelPrice[] = Array.isArray(model.prices)
        ? model.prices.map((conditional) => conditional.prices)
        : [model.prices]
      return all.map((listed) => listPriceOf(listed, versionOf(providerId, model.id)))
    })
  })
  return dearest(prices)
}

function dearest(prices: readonly (ListPrice | null)[]): ListPrice | null {
  let found: ListPrice | null = null
  for (const price of prices) {
    if (price !== null && (found === null || total(price) > total(found))) found = price
  }
  return found
}

function total(price: ListPrice): number {
  const { inputMicrosPerMillion, outputMicrosPerMillion } = price.tiers?.at(-1) ?? price
  return inputMicrosPerMillion + outputMicrosPerMillion
}
