import { z } from 'zod'
import { projectRecord } from './record.ts'

export const NOTIFICATION_TYPES = [
  'MENTION',
  'TASK_ASSIGNED',
  'TASK_TRANSITION',
  'REVIEW_POSTED',
  'APPROVAL_REQUESTED',
  'APPROVAL_DECIDED',
  'ALERT',
  'DIGEST',
  'DIRECT_MESSAGE',
  'SYSTEM',
] as const
export type NotificationType = (typeof NOTIFICATION_TYPES)[number]

/** A row of the outbox: who is to hear what, by which channel, and how often it was tried. */
export const notificationSchema = z.strictObject({
  ...projectRecord,
  targetKind: z.enum(['AGENT', 'PRINCIPAL', 'OPERATORS']),
  /** Agent id, principal id, or `OPERATORS`. */
  targetId: z.string(),
  channel: z.enum(['HEARTBEAT', 'TELEGRAM', 'SLACK', 'EMAIL', 'WEBHOOK']),
  type: z.enum(NOTIFICATION_TYPES),
  /** What it is about, as `<entity>/<id>`: equal notes on one subject are sent once. */
  subject: z.string(),
  title: z.string(),
  body: z.string(),
  refs: z.strictObject({
    taskId: z.string().nullable(),
    approvalId: z.string().nullable(),
    agentId: z.string().nullable(),
    runId: z.string().nullable(),
  }),
  status: z.enum(['PENDING', 'SENT', 'DELIVERED', 'FAILED', 'EXPIRED']),
  attempts: z.int().min(0),
  maxAttempts: z.int().min(1),
  nextAttemptAt: z.int().nullable(),
  sendAfter: z.int(),
  expiresAt: z.int(),
  lastError: z.string().nullable(),
  externalId: z.string().nullable(),
  deliveredAt: z.int().nullable(),
  ackedAt: z.int().nullable(),
  redactedFields: z.array(z.string()),
})
export type Notification = z.infer<typeof notificationSchema>

export const ALERT_TYPES = [
  'BUDGET_WARNING',
  'BUDGET_CRITICAL',
  'BUDGET_EXCEEDED',
  'BUDGET_OVERRUN',
  'COST_OVER_BUDGET',
  'COST_UNPRICED',
  'ANOMALY',
  'LOOP_DETECTED',
  'TASK_BLOCKED',
  'AGENT_OFFLINE',
  'AGENT_ERROR_STREAK',
  'AGENT_QUARANTINED',
  'PAUSED_AGENTS',
  'APPROVAL_QUEUE_DEPTH',
  'HEALTH_DEGRADED',
  'NOTIFICATION_FAILED',
  'EXECUTION_DEAD_LETTER',
  'APPROVAL_TIMEOUT',
  'PERFORMANCE',
  'SECURITY_VIOLATION',
  'SYSTEM_ERROR',
] as const
export type AlertType = (typeof ALERT_TYPES)[number]

export const SEVERITIES = ['INFO', 'WARNING', 'ERROR', 'CRITICAL'] as const
export type Severity = (typeof SEVERITIES)[number]

/** Something a person should look at. One open row per `dedupeKey`; repeats raise `count`. */
export const alertSchema = z.strictObject({
  ...projectRecord,
  type: z.enum(ALERT_TYPES),
  severity: z.enum(SEVERITIES),
  title: z.string(),
  description: z.string(),
  agentId: z.string().nullable(),
  taskId: z.string().nullable(),
  runId: z.string().nullable(),
  dedupeKey: z.string(),
  count: z.int().min(1),
  status: z.enum(['OPEN', 'ACKNOWLEDGED', 'RESOLVED', 'IGNORED']),
  acknowledgedBy: z.string().nullable(),
  acknowledgedAt: z.int().nullable(),
  resolvedAt: z.int().nullable(),
  resolutionNote: z.string().nullable(),
})
export type Alert = z.infer<typeof alertSchema>
