import { CODES, MissionControlError, type Outcome, type Refusal } from '@mission-control/core'
import { z } from 'zod'

const problemSchema = z.object({
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  hint: z.string(),
  traceId: z.string().optional(),
  finalStatus: z.string().optional(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  allowed: z.array(z.string()).optional(),
  retryAfterMs: z.number().optional(),
  approvalIds: z.array(z.string()).optional(),
  owner: z.string().nullable().optional(),
  holder: z.string().nullable().optional(),
  epoch: z.number().optional(),
  expiresAt: z.number().nullable().optional(),
  candidates: z.array(z.string()).optional(),
  violations: z.array(z.object({ step: z.number(), code: z.string(), detail: z.string() })).optional(),
})

const FAULTS = ['INTERNAL', 'UNAVAILABLE', 'CONTENTION'] as const

/** Turns an answer that is no success back into the refusal that the host gave; a fault is thrown, as it was there. */
export async function readProblem(response: Response): Promise<Extract<Outcome<never>, { ok: false }>> {
  const read = problemSchema.safeParse(await jsonOf(response))
  if (!read.success) throw notOurs(response)
  const { code, finalStatus, ...said } = read.data
  const fault = FAULTS.find((name) => name === code)
  if (fault !== undefined) {
    const trace = said.traceId === undefined ? '' : ` (traceId ${said.traceId})`
    throw new MissionControlError(fault, `${said.detail}${trace}`, { hint: said.hint })
  }
  if (!Object.hasOwn(CODES, code)) {
    throw new MissionControlError(
      'INTERNAL',
      `the host refused with a code that this client does not know: ${code}: ${said.detail}`,
    )
  }
  const refusal = { ...said, code, ...(finalStatus === undefined ? {} : { status: finalStatus }) }
  // Absent fields are absent here, too: the schema adds none.
  return { ok: false, error: refusal as Refusal }
}

async function jsonOf(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch {
    return null
  }
}

/** An answer that Mission Control did not write: of a proxy, or of another server altogether. */
function notOurs(response: Response): MissionControlError {
  if (response.status >= 500 || response.status === 429) {
    return new MissionControlError('UNAVAILABLE', `something before the host answered ${response.status}`, {
      hint: UNSURE,
    })
  }
  return new MissionControlError('INTERNAL', `this is no answer of Mission Control: HTTP ${response.status}`, {
    hint: 'Check baseUrl.',
  })
}

/** When no answer came, the request may have been carried out all the same. */
export const UNSURE = 'It is not known whether the request was carried out: repeat it with the same idempotency key.'
