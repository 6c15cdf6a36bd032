import { z } from 'zod'
import { microsSchema } from './money.ts'
import { projectRecord } from './record.ts'
import { jsonSchema } from './text.ts'
import type { RISK_LEVELS } from './tool-call.ts'

export const APPROVAL_STATUSES = ['PENDING', 'APPROVED', 'DENIED', 'EXPIRED', 'CANCELED'] as const
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number]

export const ACTION_TYPES = [
  'TOOL_CALL',
  'COMPLETE_TASK',
  'BUDGET_OVERRIDE',
  'STATE_TRANSITION',
  'SPAWN',
  'RUN_START',
] as const
export type ActionType = (typeof ACTION_TYPES)[number]

/** A request for authorization, bound to the hash of exactly what would be done; approved, it is a one-time grant. */
export const approvalSchema = z.strictObject({
  ...projectRecord,
  /** Principal that asks. */
  requesterId: z.string(),
  /** Agent whose act it is, also when the system asks for it. */
  onBehalfOfAgentId: z.string().nullable(),
  /** Empty text when the request belongs to no task, so that the unique key holds in every store. */
  taskId: z.string(),
  taskEpoch: z.int().nullable(),
  runId: z.string().nullable(),
  toolCallId: z.string().nullable(),
  covers: z.array(z.string()),
  riskLevel: z.enum(['YELLOW', 'RED'] satisfies (typeof RISK_LEVELS)[number][]),
  actionType: z.enum(ACTION_TYPES),
  actionSummary: z.string(),
  payload: jsonSchema(256 * 1024).nullable(),
  payloadHash: z.string(),
  justification: z.string(),
  rollbackPlan: z.string().nullable(),
  estimatedCostMicros: microsSchema.nullable(),
  policyVersion: z.string().nullable(),
  expiresAt: z.int(),
  ttlMs: z.int().positive(),
  escalationLevel: z.int().min(0).max(2),
  /** When the next ones are told, if it is still pending; null after the last of them. */
  escalatesAt: z.int().nullable(),
  status: z.enum(APPROVAL_STATUSES),
  requiredDecisions: z.int().min(1).max(2),
  decidedAt: z.int().nullable(),
  decisions: z.array(
    z.strictObject({
      principalId: z.string(),
      kind: z.enum(['AGENT', 'HUMAN', 'SYSTEM']),
      name: z.string(),
      verdict: z.enum(['APPROVE', 'DENY']),
      reason: z.string().nullable(),
      secondFactor: z.boolean(),
      at: z.int(),
    }),
  ),
  maxUses: z.literal(1),
  grantExpiresAt: z.int().nullable(),
  usedAt: z.int().nullable(),
  redactedFields: z.array(z.string()),
})
export type Approval = z.infer<typeof approvalSchema>
