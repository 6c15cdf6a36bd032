import { z } from 'zod'
import { microsSchema } from './money.ts'
import { projectRecord } from './record.ts'
import { jsonSchema } from './text.ts'

export const EXECUTION_TYPES = ['CODE_CHANGE', 'RESEARCH', 'CONTENT', 'EMAIL', 'SOCIAL', 'OPS'] as const
export type ExecutionType = (typeof EXECUTION_TYPES)[number]

export const EXECUTOR_KINDS = ['CURSOR', 'CLAUDE_CODE', 'OPENCLAW_AGENT'] as const
export type ExecutorKind = (typeof EXECUTOR_KINDS)[number]

export const EXECUTION_STATUSES = ['PENDING', 'ASSIGNED', 'IN_PROGRESS', 'COMPLETED', 'FAILED', 'CANCELED'] as const
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number]

const JSON_BYTES_MAX = 256 * 1024

/** Something that carries out requests outside of Mission Control, with a key of its own. */
export const executorSchema = z.strictObject({
  ...projectRecord,
  principalId: z.string(),
  name: z.string(),
  kind: z.enum(EXECUTOR_KINDS),
  types: z.array(z.enum(EXECUTION_TYPES)),
  capacity: z.int().min(1),
  costWeight: z.int().min(0),
  healthy: z.boolean(),
  lastSeenAt: z.int(),
  /** Requests it has in its hands: whoever gives it another one relies on this. */
  load: z.int().min(0),
})
export type Executor = z.infer<typeof executorSchema>

/** One request to be carried out, and how far it is. */
export const executionSchema = z.strictObject({
  ...projectRecord,
  taskId: z.string().nullable(),
  /** The principal that asked. */
  requestedBy: z.string(),
  /** The agent that asked; null for a person. */
  agentId: z.string().nullable(),
  /** The call at the gate that let it through; null for a person. */
  toolCallId: z.string().nullable(),
  type: z.enum(EXECUTION_TYPES),
  /** An explicit choice; null: as the policy has it. */
  executorKind: z.enum(EXECUTOR_KINDS).nullable(),
  status: z.enum(EXECUTION_STATUSES),
  executorId: z.string().nullable(),
  /** How often it was given to an executor. */
  attempt: z.int().min(0),
  leaseUntil: z.int().nullable(),
  /** Rises with each executor that gets it: an old one reports in vain. */
  epoch: z.int().min(0),
  /** Since when nobody has it; null while somebody does, or when it has ended. */
  pendingAt: z.int().nullable(),
  payload: jsonSchema(JSON_BYTES_MAX),
  result: jsonSchema(JSON_BYTES_MAX).nullable(),
  error: z.string().nullable(),
  costMicros: microsSchema.nullable(),
  deadLetter: z.boolean(),
  redactedFields: z.array(z.string()),
})
export type Execution = z.infer<typeof executionSchema>
