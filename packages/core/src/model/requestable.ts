import { z } from 'zod'
import { refSchema } from './ids.ts'
import { microsSchema } from './money.ts'
import { AGENT_ROLES } from './principal.ts'
import { TASK_STATUSES, taskTypeInput } from './task.ts'
import { CONTENT_BYTES_MAX, jsonSchema, nameSchema, storedText } from './text.ts'

const capability = z.string().min(1).max(100)

/** What an agent may ask for itself, with the payload of each. Everything else the system asks for it. */
export const REQUESTABLE = {
  TOOL_CALL: z.strictObject({
    tool: storedText.min(1).max(200),
    /** Computed; who names it must name the right one. */
    capability: capability.optional(),
    input: jsonSchema(CONTENT_BYTES_MAX),
    cwd: storedText.min(1).max(4096).nullable().default(null),
  }),
  STATE_TRANSITION: z.strictObject({
    to: z.enum(TASK_STATUSES),
    from: z.enum(TASK_STATUSES).optional(),
    submission: z.int().min(0).optional(),
    deliverableHash: z.string().max(64).nullable().optional(),
  }),
  SPAWN: z.strictObject({
    name: nameSchema(60),
    role: z.enum(AGENT_ROLES),
    types: z.array(taskTypeInput).max(20),
    allowedTools: z.array(capability).max(200).nullable(),
    caps: z.strictObject({ dailyMicros: microsSchema, perRunMicros: microsSchema }),
    purpose: nameSchema(2000),
  }),
  RUN_START: z.strictObject({ model: nameSchema(200), estimatedCostMicros: microsSchema.nullable() }),
} as const

export type RequestableAction = keyof typeof REQUESTABLE
export type PayloadOf<A extends RequestableAction> = z.infer<(typeof REQUESTABLE)[A]>

const requestableAction = z.enum(['TOOL_CALL', 'STATE_TRANSITION', 'SPAWN', 'RUN_START'])

/** A request for leave to act, by the agent that would act. */
export const requestFields = {
  actionType: requestableAction,
  payload: jsonSchema(CONTENT_BYTES_MAX),
  taskId: refSchema.optional(),
  runId: refSchema.optional(),
}

/** Fits a payload to its kind of act; problems name the field inside of `payload`. */
export function checkPayload(
  { actionType, payload }: { actionType: RequestableAction; payload: unknown },
  context: z.RefinementCtx,
): void {
  const parsed = REQUESTABLE[actionType].safeParse(payload)
  if (parsed.success) return
  for (const issue of parsed.error.issues) {
    context.addIssue({ code: 'custom', path: ['payload', ...issue.path], message: issue.message })
  }
}
