import type { ListPrice } from '../model/price.ts'
import type { PriceBook } from '../ports/price-book.ts'

/** A book without prices: every model is unknown. */
export const EMPTY_PRICE_BOOK: PriceBook = { price: () => null, dearest: () => null }

/**
 * The prices of one moment, as part of what was read: a question is put to the book once, and its answer then stays
 * what it is for as long as the snapshot is looked at. So a scope and its decision can never see two prices.
 */
export class PriceSheet {
  readonly #book: PriceBook
  readonly #at: number
  readonly #answers = new Map<string, ListPrice | null>()

  constructor(book: PriceBook, at: number) {
    this.#book = book
    this.#at = at
  }

  price(provider: string | null, model: string): ListPrice | null {
    return this.#answer(`${provider ?? ''}\u0000${model}`, () => this.#book.price(provider, model, this.#at))
  }

  dearest(): ListPrice | null {
    return this.#answer('', () => this.#book.dearest(this.#at))
  }

  #answer(question: string, ask: () => ListPrice | null): ListPrice | null {
    const known = this.#answers.get(question)
    if (known !== undefined) return known
    const answer = sound(ask())
    this.#answers.set(question, answer)
    return answer
  }
}

/** A price that is no whole number of micro-USD is a mistake of the book. It is then not known, and not guessed at. */
function sound(price: ListPrice | null): ListPrice | null {
  if (price === null) return null
  const amounts = [price, ...(price.tiers ?? [])].flatMap((one) => [
    one.inputMicrosPerMillion,
    one.outputMicrosPerMillion,
    one.cacheReadMicrosPerMillion ?? 0,
    one.cacheWriteMicrosPerMillion ?? 0,
  ])
  const limits = (price.tiers ?? []).map(({ aboveInputTokens }) => aboveInputTokens)
  const all = [...amounts, ...limits, price.perCallMicros ?? 0]
  return all.every((amount) => Number.isSafeInteger(amount) && amount >= 0) ? price : null
}
