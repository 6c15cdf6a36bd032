import { z } from 'zod'
import { microsSchema } from './money.ts'
import { projectRecord } from './record.ts'

export const RUN_STATUSES = ['RUNNING', 'COMPLETED', 'FAILED', 'TIMEOUT', 'STOPPED'] as const
export type RunStatus = (typeof RUN_STATUSES)[number]

export const STOP_REASONS = ['BUDGET', 'CANCELED', 'QUARANTINE', 'OPERATOR', 'LOOP', 'TTL'] as const
export type StopReason = (typeof STOP_REASONS)[number]

/** From the best known to the worst; a run has the worst of its lines. */
export const COST_STATUSES = ['MEASURED', 'IMPUTED', 'ESTIMATED', 'UNPRICED'] as const
export type CostStatus = (typeof COST_STATUSES)[number]

export const tokensSchema = z.strictObject({
  input: z.int().nonnegative(),
  output: z.int().nonnegative(),
  cacheRead: z.int().nonnegative(),
  cacheWrite: z.int().nonnegative(),
  reasoning: z.int().nonnegative(),
})
/** Disjoint classes: a cached token counts in its cache class only. */
export type Tokens = z.infer<typeof tokensSchema>

export const NO_TOKENS: Tokens = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0 }

export function totalTokens(tokens: Tokens): number {
  return tokens.input + tokens.output + tokens.cacheRead + tokens.cacheWrite + tokens.reasoning
}

/** One stretch of work of an agent, with its hold and its cost. */
export const runSchema = z.strictObject({
  ...projectRecord,
  agentId: z.string(),
  taskId: z.string().nullable(),
  taskEpoch: z.int().nullable(),
  sessionKey: z.string(),
  model: z.string(),
  reservationId: z.string(),
  status: z.enum(RUN_STATUSES),
  stopReason: z.enum(STOP_REASONS).nullable(),
  startedAt: z.int(),
  endedAt: z.int().nullable(),
  leaseUntil: z.int(),
  /** The most this run may cost: the agent's per-run cap, or an approved higher estimate. */
  capMicros: microsSchema,
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  cacheReadTokens: z.int().nonnegative(),
  cacheWriteTokens: z.int().nonnegative(),
  reasoningTokens: z.int().nonnegative(),
  billedMicros: microsSchema,
  imputedMicros: microsSchema,
  costStatus: z.enum(COST_STATUSES).nullable(),
  /** Usage lines so far. */
  lineCount: z.int().nonnegative(),
  error: z.string().nullable(),
  redactedFields: z.array(z.string()),
})
export type Run = z.infer<typeof runSchema>

/** The tokens that a run has used so far. */
export function tokensOfRun(run: Run): Tokens {
  return {
    input: run.inputTokens,
    output: run.outputTokens,
    cacheRead: run.cacheReadTokens,
    cacheWrite: run.cacheWriteTokens,
    reasoning: run.reasoningTokens,
  }
}

/** One priced report of use. Unique by (runId, callId), so that a repeated report counts once. Append-only. */
export const usageLineSchema = z.strictObject({
  ...projectRecord,
  runId: z.string(),
  callId: z.string(),
  agentId: z.string(),
  taskId: z.string().nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  /** A charge that is no model call; then provider, model and tokens are empty. */
  label: z.string().nullable(),
  tokens: tokensSchema,
  billing: z.enum(['METERED', 'SUBSCRIPTION']),
  billedMicros: microsSchema.nullable(),
  imputedMicros: microsSchema.nullable(),
  costStatus: z.enum(COST_STATUSES),
  priceVersion: z.string().nullable(),
  at: z.int(),
})
export type UsageLine = z.infer<typeof usageLineSchema>

/** The sums of a run without any usage. */
export const NOTHING_USED = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  billedMicros: 0,
  imputedMicros: 0,
  lineCount: 0,
} as const
