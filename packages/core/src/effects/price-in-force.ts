import type { Snapshot } from '../decide/snapshot.ts'
import type { CompiledPolicy } from '../rules/policy/compile.ts'
import { dearest, type FoundPrice, policyPrice } from '../rules/pricing.ts'

/**
 * The price of a model: the policy's own, then the rate card's, then what the policy assumes for unknown models.
 * Under HOLD_WORST_CASE an unknown model costs what the dearest known one does. Null: not known.
 */
export function priceInForce(
  snapshot: Snapshot,
  policy: CompiledPolicy | null,
  provider: string | null,
  model: string,
): FoundPrice | null {
  const own = policy === null ? null : policyPrice(policy.prices, provider, model)
  if (own !== null && policy !== null) return { ...own, version: policy.version, isAssumed: false }
  const listed = snapshot.listPrice(provider, model)
  if (listed !== null) return { ...listed, isAssumed: false }
  if (policy === null) return null
  const { fallback, models } = policy.prices
  if (fallback !== null) return { ...fallback, version: `${policy.version} fallback`, isAssumed: true }
  if (policy.rules.onUnpriced !== 'HOLD_WORST_CASE') return null
  const worst = dearest([...models, snapshot.dearestPrice()].filter((price) => price !== null))
  return worst === null ? null : { ...worst, version: `${policy.version} worst case`, isAssumed: true }
}
