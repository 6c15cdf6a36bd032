import type { AccountKey, Metric } from '../model/ledger.ts'
import { usdFromMicros } from '../model/money.ts'

/** An amount as people read it. What an account counts follows from its metric; only USD is micro-USD. */
export function amountText(metric: Metric, amount: number): string {
  if (metric === 'USD') return `${usdFromMicros(amount, 6)} USD`
  if (metric === 'WALLCLOCK_MS') return `${amount} ms`
  return `${amount} ${metric.toLowerCase()}`
}

/**
 * The room that a hold of so much money needs on an account: the money, one run more, or, where nothing is held,
 * any room at all.
 */
export function neededOn(metric: Metric, micros: number): number {
  return metric === 'USD' ? micros : 1
}

/** Whether it is the account that pauses an agent when it is spent, and lets it go on when it is not. */
export function isAgentDay(key: Pick<AccountKey, 'scopeType' | 'metric' | 'window'>): boolean {
  return key.scopeType === 'AGENT' && key.metric === 'USD' && key.window === 'DAY'
}

/** Whether an account grows by what is reported, and not by what is held. */
export function isMetered(metric: Metric): boolean {
  return metric === 'TOKENS' || metric === 'WALLCLOCK_MS'
}
