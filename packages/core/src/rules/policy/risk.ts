import type { RiskLevel } from './types.ts'

const RANK: Readonly<Record<RiskLevel, number>> = { GREEN: 0, YELLOW: 1, RED: 2 }

/** Negative when `one` is the milder risk, as comparators are. */
export function compareRisk(one: RiskLevel, other: RiskLevel): number {
  return RANK[one] - RANK[other]
}

export function strictestRisk(one: RiskLevel, other: RiskLevel): RiskLevel {
  return compareRisk(one, other) >= 0 ? one : other
}
