import { z } from 'zod'
import { refSchema } from '../model/ids.ts'
import { nameSchema, storedText } from '../model/text.ts'
import { usageLineInput } from '../model/usage.ts'
import { isDerivedKey, keptCallKey } from '../rules/call-key.ts'

/** Every command on a project names it. Clients bound to one fill it in. */
export const inProject = { projectId: refSchema }

/** The epoch the worker was given with its claim; an old one is refused with LEASE_LOST. */
export const epochInput = z.int().min(0).optional()

/** The name a caller gives to a call at the gate, so that the same call is the same one. */
export const callIdInput = nameSchema(200)
  .refine((key) => !isDerivedKey(key), { error: 'must not start like the keys that are made here' })
  .overwrite(keptCallKey)

/** One line of use, under the name of its call as it is kept. */
export const usageInput = usageLineInput.overwrite((line) => ({ ...line, callId: keptCallKey(line.callId) }))

/** The version the caller read, 0 for nothing there yet; a stale one is refused with VERSION_CONFLICT. */
export const expectedVersionInput = z.int().min(0).optional()

/** What the worker is going to do. The guard of starting demands 3 to 6 bullets that say something. */
export const workPlanInput = z.strictObject({
  bullets: z.array(storedText.max(500)).max(20),
  estimatedCostMicros: z.int().nonnegative().optional(),
  estimatedDurationMs: z.int().nonnegative().optional(),
})

export const checklistInput = z
  .array(
    z.strictObject({
      key: z.string().min(1).max(64),
      checked: z.boolean(),
      note: storedText.max(500).optional(),
    }),
  )
  .max(20)

/** Names one period of a job, and the host that does it. */
export const jobInput = z.strictObject({
  job: refSchema,
  key: refSchema,
  period: refSchema,
  owner: refSchema,
})

/** Yes or no to a request. */
export const verdictInput = z.enum(['APPROVE', 'DENY'])
