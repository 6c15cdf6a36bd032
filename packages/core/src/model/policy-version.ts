import { z } from 'zod'
import { policyContent } from './policy.ts'
import { recordBase } from './record.ts'

/** One version of a named policy. Immutable once ACTIVE; a GLOBAL one belongs to no project. */
export const policySchema = z.strictObject({
  ...recordBase,
  projectId: z.string().nullable(),
  name: z.string(),
  versionNo: z.int().min(1),
  scopeType: z.enum(['GLOBAL', 'PROJECT', 'TASK_TYPE', 'AGENT']),
  /** Task type or agent id; empty text for GLOBAL and PROJECT. */
  scopeId: z.string(),
  state: z.enum(['DRAFT', 'ACTIVE', 'SUPERSEDED']),
  basePolicyId: z.string().nullable(),
  content: policyContent,
  notes: z.string().nullable(),
})
export type Policy = z.infer<typeof policySchema>
