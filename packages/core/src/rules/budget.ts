import type { Balance, Budget } from '../model/ledger.ts'

/** The ceiling of one window: the standing cap, or the default where none is set, plus what was approved for this window. */
export function effectiveCap(defaultCapMicros: number | null, budget: Budget | null, windowKey: string): number | null {
  const cap = budget?.cap ?? defaultCapMicros
  if (cap === null) return null
  const adjustments = budget?.adjustments ?? []
  return adjustments.reduce((sum, entry) => (entry.windowKey === windowKey ? sum + entry.amount : sum), cap)
}

/** What may still be held; null where nothing limits it. */
export function remaining(capMicros: number | null, balance: Balance): number | null {
  return capMicros === null ? null : Math.max(0, capMicros - balance.reserved - balance.settled)
}

/** By how much an account has passed its cap. */
export function overrun(capMicros: number | null, balance: Balance): number {
  return capMicros === null ? 0 : Math.max(0, balance.reserved + balance.settled - capMicros)
}

export type BudgetLevel = 'OK' | 'WARN' | 'CRITICAL' | 'EXCEEDED'

/** How close what is settled comes to the cap: from 80 % WARN, from 95 % CRITICAL, from 100 % EXCEEDED. */
export function budgetLevel(capMicros: number | null, settledMicros: number): BudgetLevel {
  if (capMicros === null) return 'OK'
  // Compared as products of integers, so that 80 % is 80 % to the micro-USD.
  const settled = BigInt(settledMicros) * 100n
  const cap = BigInt(capMicros)
  if (settled >= cap * 100n) return 'EXCEEDED'
  if (settled >= cap * 95n) return 'CRITICAL'
  if (settled >= cap * 80n) return 'WARN'
  return 'OK'
}

/** The room an account has for a new hold: enough for the amount, and never none at all, or a hold of 0 would pass a spent budget. */
export function hasRoom(capMicros: number | null, balance: Balance, amountMicros: number): boolean {
  const left = remaining(capMicros, balance)
  return left === null || left >= Math.max(1, amountMicros)
}

/** How much a human is asked to add when a cap is passed: half of the cap, and at least what was missing. */
export function overrideMicros(capMicros: number, balance: Balance, amountMicros: number): number {
  const missing = balance.reserved + balance.settled + Math.max(1, amountMicros) - capMicros
  return Math.max(Math.ceil(capMicros / 2), missing)
}
