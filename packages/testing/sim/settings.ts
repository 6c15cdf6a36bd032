import { DEFAULT_POLICY, type PolicyContent } from '@mission-control/core'
import type { Random } from './random.ts'

const MINUTE_MS = 60_000

export const MODEL = 'known-model'
export const UNPRICED_MODEL = 'unheard-of'
const PRICE = { provider: 'acme', model: MODEL, inputMicrosPerMillion: 1_000_000, outputMicrosPerMillion: 2_000_000 }

/** The limits of a seed: small ones are met often, wide ones let the rest happen. */
export interface Limits {
  readonly policy: PolicyContent
  readonly timeZone: string
  readonly agentDayMicros: number
  readonly perRunMicros: number
  readonly projectDayMicros: number | null
  readonly beatMs: number
  readonly tasksAtOnceMax: number
}

/** Rules and caps of a seed, each drawn apart, so that seeds differ in what is tight. */
export function limitsOf(random: Random): Limits {
  const rules = {
    ...DEFAULT_POLICY.rules,
    reviewToDoneRequiresHuman: random.chance(0.7),
    reviewToDoneRequiresApproval: random.chance(0.85),
    reviewerApprovalSuffices: random.chance(0.3),
    leadMayDecide: random.chance(0.4),
    internMayClaim: random.chance(0.8),
    onDeny: random.pick(['BLOCK', 'BLOCK', 'RETURN'] as const),
    onUnpriced: random.pick(['ASK', 'ASK', 'DENY', 'HOLD_WORST_CASE', 'ALLOW'] as const),
    countImputed: random.chance(0.8),
    maxReviewCycles: random.pick([1, 2, 3]),
    yellowTtlMs: random.pick([5 * MINUTE_MS, 60 * MINUTE_MS, 24 * 60 * MINUTE_MS]),
    redTtlMs: random.pick([5 * MINUTE_MS, 60 * MINUTE_MS]),
    redQuorum: random.pick([1, 2, 2] as const),
    yellowRequiresTask: random.chance(0.2),
    redRequiresSecondFactor: random.chance(0.1),
  }
  const perRunMicros = random.pick([0, 3, 400_000, 750_000])
  return {
    policy: { ...DEFAULT_POLICY, rules, prices: { models: [PRICE], fallback: null } } as PolicyContent,
    timeZone: random.pick(['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata']),
    agentDayMicros: perRunMicros === 3 ? random.between(0, 9) : random.pick([1_000_000, 5_000_000, 25_000_000]),
    perRunMicros: random.chance(0.15) ? perRunMicros : 750_000,
    projectDayMicros: random.pick([null, null, 900_000, 3_000_000]),
    beatMs: random.pick([60_000, 5 * MINUTE_MS, 15 * MINUTE_MS]),
    tasksAtOnceMax: random.pick([1, 2, 3]),
  }
}
