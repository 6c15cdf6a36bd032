import { z } from 'zod'
import { microsSchema } from './money.ts'
import { projectRecord } from './record.ts'
import { jsonSchema } from './text.ts'

export const RISK_LEVELS = ['GREEN', 'YELLOW', 'RED'] as const
export type RiskLevel = (typeof RISK_LEVELS)[number]

const TOOL_CALL_STATUSES = ['PENDING', 'RUNNING', 'SUCCESS', 'FAILED', 'DENIED'] as const

/** One call an agent asked for: what was decided, and how it went. */
export const toolCallSchema = z.strictObject({
  ...projectRecord,
  agentId: z.string(),
  /** Empty text when the call belongs to no run, so that (agent, run, callId) is unique in every store. */
  runId: z.string(),
  taskId: z.string().nullable(),
  taskEpoch: z.int().nullable(),
  callId: z.string(),
  toolName: z.string(),
  capability: z.string(),
  riskLevel: z.enum(RISK_LEVELS),
  decisionId: z.string(),
  approvalId: z.string().nullable(),
  /** The grant this call consumed, if any; it counts for this call until it expires. */
  grantId: z.string().nullable(),
  status: z.enum(TOOL_CALL_STATUSES),
  decision: z.enum(['ALLOW', 'NEEDS_APPROVAL', 'DENY']),
  payloadHash: z.string(),
  cwd: z.string().nullable(),
  startedAt: z.int().nullable(),
  endedAt: z.int().nullable(),
  error: z.string().nullable(),
  inputPreview: z.string(),
  outputPreview: z.string().nullable(),
  inputHash: z.string(),
  outputHash: z.string().nullable(),
  redactedFields: z.array(z.string()),
})
export type ToolCall = z.infer<typeof toolCallSchema>

const violationSchema = z.strictObject({
  step: z.int(),
  code: z.string(),
  detail: z.string(),
  verdict: z.enum(['DENY', 'NEEDS_APPROVAL']),
  overridable: z.boolean(),
})

export const budgetViewSchema = z.strictObject({
  dailyMicros: microsSchema,
  settledMicros: microsSchema,
  reservedMicros: microsSchema,
  remainingMicros: microsSchema,
  perRunMicros: microsSchema,
})
export type BudgetView = z.infer<typeof budgetViewSchema>

/** What the policy said about one act, with enough of the parsed input to say it again. Append-only. */
export const decisionSchema = z.strictObject({
  ...projectRecord,
  action: z.enum(['TOOL_CALL', 'TRANSITION', 'SPAWN', 'RUN_START']),
  agentId: z.string(),
  runId: z.string().nullable(),
  taskId: z.string().nullable(),
  toolCallId: z.string().nullable(),
  capability: z.string().nullable(),
  decision: z.enum(['ALLOW', 'NEEDS_APPROVAL', 'DENY']),
  riskLevel: z.enum(RISK_LEVELS),
  reason: z.string(),
  violations: z.array(violationSchema),
  facts: jsonSchema(256 * 1024),
  approvalId: z.string().nullable(),
  hint: z.strictObject({ actionType: z.string(), suggestedJustification: z.string() }).nullable(),
  budget: budgetViewSchema.nullable(),
  payloadHash: z.string(),
  policyVersion: z.string().nullable(),
})
export type DecisionRecord = z.infer<typeof decisionSchema>
