import { z } from 'zod'
import { actorSchema } from './principal.ts'
import { jsonSchema } from './text.ts'

/** Every kind of event. `docs/events.md` is generated from this table. */
export const EVENT_KINDS = [
  'TASK_CREATED',
  'TASK_UPDATED',
  'TASK_TRANSITION',
  'TASK_REFUSED',
  'CLAIM_GRANTED',
  'CLAIM_EXPIRED',
  'CLAIM_HANDED_OVER',
  'MESSAGE_POSTED',
  'MESSAGE_EDITED',
  'REVIEW_POSTED',
  'REVIEW_RESOLVED',
  'POLICY_DECISION',
  'POLICY_ACTIVATED',
  'APPROVAL_REQUESTED',
  'APPROVAL_ESCALATED',
  'APPROVAL_APPROVED',
  'APPROVAL_DENIED',
  'APPROVAL_EXPIRED',
  'APPROVAL_CANCELED',
  'APPROVAL_USED',
  'RUN_STARTED',
  'RUN_COMPLETED',
  'RUN_FAILED',
  'RUN_TIMEOUT',
  'RUN_STOPPED',
  'TOOL_CALL',
  'BUDGET_RESERVED',
  'BUDGET_SETTLED',
  'BUDGET_EXCEEDED',
  'BUDGET_ADJUSTED',
  'LOOP_DETECTED',
  'ALERT_RAISED',
  'ALERT_RESOLVED',
  'AGENT_REGISTERED',
  'AGENT_UPDATED',
  'AGENT_STATUS',
  'AGENT_HEARTBEAT_MISSED',
  'AGENT_SPAWNED',
  'OPERATOR_CONTROL',
  'EXECUTION_REQUESTED',
  'EXECUTION_ROUTED',
  'EXECUTION_STATUS',
  'EXECUTION_COMPLETED',
  'EXECUTION_FAILED',
  'NOTIFICATION_SENT',
  'NOTIFICATION_FAILED',
  'DOCUMENT_UPDATED',
  'PROJECT_CREATED',
  'PROJECT_UPDATED',
  'PROJECT_ARCHIVED',
  'KEY_ISSUED',
  'KEY_ROTATED',
  'KEY_REVOKED',
  'PRINCIPAL_CREATED',
  'PRINCIPAL_UPDATED',
  'SETTINGS_CHANGED',
  'USAGE_REPORTED',
  'REPORT_CREATED',
  'BACKUP_CREATED',
  'BACKUP_RESTORED',
] as const
export type EventKind = (typeof EVENT_KINDS)[number]

/** The wire name of a kind: TASK_CREATED is `task.created`. */
export function eventType(kind: EventKind): string {
  return kind.toLowerCase().replace('_', '.')
}

/** What happened, as it is written with the change itself. Numbering and chaining come after the commit. */
export const eventSchema = z.strictObject({
  id: z.string(),
  /** Null: the log of the installation. */
  projectId: z.string().nullable(),
  kind: z.enum(EVENT_KINDS),
  /** `<entity>/<id>` */
  subject: z.string(),
  time: z.int(),
  actor: actorSchema,
  taskId: z.string().nullable(),
  agentId: z.string().nullable(),
  runId: z.string().nullable(),
  summary: z.string(),
  reason: z.string().nullable(),
  data: jsonSchema(64 * 1024),
  policyVersion: z.string().nullable(),
  costMicros: z.int().nullable(),
  traceparent: z.string().nullable(),
})
export type EventDraft = z.infer<typeof eventSchema>
