import type { ListPrice } from '../model/price.ts'

/**
 * The rate card: what a model costs. Dated and offline, so that the same usage always costs the same; it is looked
 * up while a decision is made and must therefore answer at once and always alike. Prices in the policy come first.
 */
export interface PriceBook {
  /**
   * The price of a model at a moment; null where it is not known. Without a provider: of the one that the name of the
   * model points to, otherwise the dearest that fits.
   */
  price(provider: string | null, model: string, at: number): ListPrice | null
  /** The dearest price known at a moment, for what must be held when a price is not known; null in an empty book. */
  dearest(at: number): ListPrice | null
}
