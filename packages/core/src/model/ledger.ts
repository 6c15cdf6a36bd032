import { z } from 'zod'
import { microsSchema } from './money.ts'
import { projectRecord } from './record.ts'

export const ACCOUNT_SCOPES = ['TEAM', 'PROJECT', 'AGENT', 'TASK', 'RUN'] as const
export type AccountScope = (typeof ACCOUNT_SCOPES)[number]
export const METRICS = ['USD', 'TOKENS', 'RUNS', 'WALLCLOCK_MS'] as const
export type Metric = (typeof METRICS)[number]
export const WINDOWS = ['DAY', 'WEEK', 'MONTH', 'LIFETIME'] as const
export type AccountWindow = (typeof WINDOWS)[number]

/** Names one counter pair. Two keys are the same account exactly when all fields are equal. */
export interface AccountKey {
  readonly projectId: string
  readonly scopeType: AccountScope
  readonly scopeId: string
  readonly metric: Metric
  readonly window: AccountWindow
  /** Local date, ISO week or month of the window; empty for LIFETIME. */
  readonly windowKey: string
}

/** The id of an account is its key, so that nobody has to create it before use. */
export function accountId(key: AccountKey): string {
  return `${key.projectId}/${key.scopeType}/${key.scopeId}/${key.metric}/${key.window}/${key.windowKey}`
}

/** Reads an account id back; null if it is none. */
export function accountKey(id: string): AccountKey | null {
  const [projectId, scopeType, scopeId, metric, window, windowKey, ...rest] = id.split('/')
  if (projectId === undefined || scopeId === undefined || windowKey === undefined || rest.length > 0) return null
  if (!isOneOf(ACCOUNT_SCOPES, scopeType) || !isOneOf(METRICS, metric) || !isOneOf(WINDOWS, window)) return null
  return { projectId, scopeType, scopeId, metric, window, windowKey }
}

function isOneOf<T extends string>(values: readonly T[], value: string | undefined): value is T {
  return values.includes(value as T)
}

/** What stands on an account. Never touched reads as zeros. Moves only by guarded adds. */
export interface Balance {
  readonly reserved: number
  readonly settled: number
}

/** A standing cap and the approved extensions of single windows. One per (scope, metric, window). */
export const budgetSchema = z.strictObject({
  ...projectRecord,
  scopeType: z.enum(ACCOUNT_SCOPES),
  scopeId: z.string(),
  metric: z.enum(METRICS),
  window: z.enum(WINDOWS),
  /** Null: no cap of its own; the default of agent, task or policy applies. */
  cap: microsSchema.nullable(),
  adjustments: z.array(z.strictObject({ windowKey: z.string(), amount: microsSchema, approvalId: z.string() })),
})
export type Budget = z.infer<typeof budgetSchema>

/** Money held for one run on several accounts at once. */
export const reservationSchema = z.strictObject({
  ...projectRecord,
  runId: z.string(),
  accountIds: z.array(z.string()),
  amountMicros: microsSchema,
  settledMicros: microsSchema,
  /** What was held at the start; never less is held while the run is open. */
  baseMicros: microsSchema,
  /** What is held for single calls until they are reported, or until their time is over. */
  callHolds: z.array(z.strictObject({ callId: z.string(), amountMicros: microsSchema, expiresAt: z.int() })),
  /** When the first of them is over; null: none. */
  callHoldsDueAt: z.int().nullable(),
  status: z.enum(['HELD', 'SETTLED', 'RELEASED']),
  expiresAt: z.int(),
})
export type Reservation = z.infer<typeof reservationSchema>

const LEDGER_KINDS = ['RESERVE', 'EXTEND', 'SETTLE', 'RELEASE', 'ADJUST'] as const

/** One move of one account. The totals of an account are the sums of its entries. Append-only. */
export const ledgerEntrySchema = z.strictObject({
  ...projectRecord,
  accountId: z.string(),
  reservationId: z.string().nullable(),
  kind: z.enum(LEDGER_KINDS),
  /** Change of `reserved`, signed. */
  reserved: z.int(),
  /** Change of `settled`, never negative. */
  settled: microsSchema,
  at: z.int(),
})
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>
