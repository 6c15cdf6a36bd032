import { z } from 'zod'
import { microsSchema } from './money.ts'
import { nameSchema, storedText } from './text.ts'

/** Most lines of one report. */
export const USAGE_LINES_MAX = 100
/** Most that one line may cost, a million USD: beyond it something is wrong, and sums must stay exact. */
const LINE_MICROS_MAX = 1_000_000_000_000
/** Most tokens of one class in one line. */
const LINE_TOKENS_MAX = 1_000_000_000_000

/** An amount that a caller names for one run or one line. */
export const lineMicrosSchema = microsSchema.max(LINE_MICROS_MAX)

const tokenCount = z.int().nonnegative().max(LINE_TOKENS_MAX).default(0)

/**
 * What one call used. `callId` names the call within the run, so that a repeated report counts once.
 * Token classes are disjoint: a cached token counts in its cache class only. A line with a `label` is a charge that
 * is no model call.
 */
export const usageLineInput = z
  .strictObject({
    callId: storedText.min(1).max(200),
    provider: nameSchema(100).optional(),
    /** Absent: the model the run declared. */
    model: nameSchema(200).optional(),
    label: nameSchema(200).optional(),
    tokens: z
      .strictObject({
        input: tokenCount,
        output: tokenCount,
        cacheRead: tokenCount,
        cacheWrite: tokenCount,
        reasoning: tokenCount,
      })
      .optional(),
    /** The cost as the provider told it; absent: it is priced from the tokens. */
    costMicros: lineMicrosSchema.optional(),
    billing: z.enum(['METERED', 'SUBSCRIPTION']).default('METERED'),
    /** The tokens or the cost are estimated, not measured. */
    isEstimated: z.boolean().default(false),
  })
  .refine((line) => line.tokens !== undefined || line.costMicros !== undefined, {
    error: 'needs tokens or costMicros',
  })
  .refine((line) => line.label === undefined || line.costMicros !== undefined, {
    error: 'a line with a label needs costMicros',
  })
  .refine(
    (line) =>
      line.label === undefined ||
      (line.tokens === undefined && line.model === undefined && line.provider === undefined),
    { error: 'a line with a label has no model, provider or tokens' },
  )
export type UsageLineInput = z.infer<typeof usageLineInput>
