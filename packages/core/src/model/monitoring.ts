import { z } from 'zod'
import { projectRecord } from './record.ts'
import { jsonSchema } from './text.ts'

export const ERROR_TYPES = ['API_ERROR', 'DATABASE_ERROR', 'CRITICAL', 'VALIDATION_ERROR', 'TIMEOUT'] as const
export type ErrorType = (typeof ERROR_TYPES)[number]

/** Longest context of an error, in bytes of its JSON. */
export const ERROR_CONTEXT_BYTES_MAX = 16 * 1024

/** A fault somebody reported, redacted. */
export const errorReportSchema = z.strictObject({
  ...projectRecord,
  source: z.string(),
  errorType: z.enum(ERROR_TYPES),
  message: z.string(),
  stack: z.string().nullable(),
  context: jsonSchema(2 * ERROR_CONTEXT_BYTES_MAX).nullable(),
  redactedFields: z.array(z.string()),
})
export type ErrorReport = z.infer<typeof errorReportSchema>

/** How long an operation took on one local day, as counters: nothing grows with the number of measurements. */
export const performanceStatSchema = z.strictObject({
  ...projectRecord,
  operation: z.string(),
  /** Local date of the project. */
  day: z.string(),
  count: z.int().min(1),
  failures: z.int().min(0),
  totalMs: z.int().min(0),
  minMs: z.int().min(0),
  maxMs: z.int().min(0),
})
export type PerformanceStat = z.infer<typeof performanceStatSchema>
