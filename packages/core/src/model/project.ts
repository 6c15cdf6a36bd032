import { z } from 'zod'
import { policyContent } from './policy.ts'
import { globalRecord } from './record.ts'
import { metadataSchema } from './text.ts'

export const OPERATOR_MODES = ['NORMAL', 'DRAINING', 'PAUSED', 'QUARANTINED'] as const
/** From the laxest to the strictest; the strictest of installation and project applies. */
export type OperatorMode = (typeof OPERATOR_MODES)[number]

export function strictestMode(modes: readonly OperatorMode[]): OperatorMode {
  let index = 0
  for (const mode of modes) index = Math.max(index, OPERATOR_MODES.indexOf(mode))
  return OPERATOR_MODES[index] ?? 'QUARANTINED'
}

/** The settings of the whole installation; one row. */
export const systemSchema = z.strictObject({
  ...globalRecord,
  operatorMode: z.enum(OPERATOR_MODES),
  bootstrappedAt: z.int(),
})
export type System = z.infer<typeof systemSchema>

export const slugSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9 and -, not starting with -')

export const timeZoneSchema = z.string().refine(isTimeZone, { error: 'must be an IANA time zone' })

function isTimeZone(value: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: value })
    return true
  } catch {
    return false
  }
}

/** What a project says below its own policies and above those of the installation. A field that is null inherits. */
export const policyDefaultsInput = policyContent.pick({ rules: true, budgetDefaults: true })

const policyDefaultsSchema = policyDefaultsInput.extend({
  /** The version of the project that brought them; decisions name it. */
  versionNo: z.int().min(1),
})
export type PolicyDefaults = z.infer<typeof policyDefaultsSchema>

/** A workspace of agents and tasks. Archived, never deleted. */
export const projectSchema = z.strictObject({
  ...globalRecord,
  name: z.string(),
  slug: slugSchema,
  description: z.string().nullable(),
  timeZone: z.string(),
  status: z.enum(['ACTIVE', 'ARCHIVED']),
  operatorMode: z.enum(OPERATOR_MODES),
  policyDefaults: policyDefaultsSchema.nullable(),
  metadata: metadataSchema.nullable(),
})
export type Project = z.infer<typeof projectSchema>
