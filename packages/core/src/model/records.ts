import type { z } from 'zod'
import { agentSchema, livenessSchema, workloadSchema } from './agent.ts'
import { agentDocumentSchema, agentDocumentVersionSchema } from './agent-document.ts'
import { approvalSchema } from './approval.ts'
import { executionSchema, executorSchema } from './execution.ts'
import { jobLeaseSchema } from './job-lease.ts'
import { budgetSchema, ledgerEntrySchema, reservationSchema } from './ledger.ts'
import { directThreadSchema, documentSchema, messageSchema, subscriptionSchema } from './message.ts'
import { errorReportSchema, performanceStatSchema } from './monitoring.ts'
import { alertSchema, notificationSchema } from './notification.ts'
import { policySchema } from './policy-version.ts'
import { credentialSchema, principalSchema } from './principal.ts'
import { projectSchema, systemSchema } from './project.ts'
import { reviewSchema } from './review.ts'
import { runSchema, usageLineSchema } from './run.ts'
import { taskSchema, transitionSchema } from './task.ts'
import { telegramCodeSchema, telegramLinkSchema, telegramMessageSchema } from './telegram.ts'
import { decisionSchema, toolCallSchema } from './tool-call.ts'
import { webhookDeliverySchema, webhookFeedSchema, webhookSchema } from './webhook.ts'

/** Every kind of stored record with its schema: the store checks each on the way in, the core on the way out. */
export const RECORDS = {
  system: systemSchema,
  project: projectSchema,
  principal: principalSchema,
  credential: credentialSchema,
  agent: agentSchema,
  liveness: livenessSchema,
  workload: workloadSchema,
  policy: policySchema,
  budget: budgetSchema,
  task: taskSchema,
  transition: transitionSchema,
  message: messageSchema,
  directThread: directThreadSchema,
  subscription: subscriptionSchema,
  document: documentSchema,
  review: reviewSchema,
  run: runSchema,
  usageLine: usageLineSchema,
  reservation: reservationSchema,
  ledgerEntry: ledgerEntrySchema,
  toolCall: toolCallSchema,
  decision: decisionSchema,
  approval: approvalSchema,
  alert: alertSchema,
  notification: notificationSchema,
  jobLease: jobLeaseSchema,
  executor: executorSchema,
  execution: executionSchema,
  agentDocument: agentDocumentSchema,
  agentDocumentVersion: agentDocumentVersionSchema,
  errorReport: errorReportSchema,
  performanceStat: performanceStatSchema,
  telegramLink: telegramLinkSchema,
  telegramCode: telegramCodeSchema,
  telegramMessage: telegramMessageSchema,
  webhook: webhookSchema,
  webhookFeed: webhookFeedSchema,
  webhookDelivery: webhookDeliverySchema,
} as const

export type Kind = keyof typeof RECORDS
export type RecordOf<K extends Kind> = z.infer<(typeof RECORDS)[K]>
export type AnyRecord = RecordOf<Kind>

export const KINDS = Object.keys(RECORDS) as Kind[]

/** The kinds in the order of a snapshot: the moves of a task come before the task, which a store accepts only with them. */
export const SNAPSHOT_KINDS: readonly Kind[] = ['transition', ...KINDS.filter((kind) => kind !== 'transition')]

/** Fields that hold a place in the log, which is another one in every store. */
export const CURSOR_FIELDS: Readonly<Partial<Record<Kind, string>>> = { jobLease: 'cursor' }
/**
 * Settings: read by nearly every command, written rarely. A command that relied on one must not commit after
 * it changed, and a writer of one must not wait behind the stream of readers.
 */
export const SETTINGS_KINDS = ['system', 'project', 'principal', 'agent', 'policy', 'budget'] as const satisfies Kind[]

/** Never updated, never deleted: the store refuses both. */
export const APPEND_ONLY_KINDS = [
  'transition',
  'usageLine',
  'ledgerEntry',
  'decision',
  'document',
  'agentDocumentVersion',
  'errorReport',
] as const satisfies Kind[]

/**
 * Said again before long by whoever wrote it. A commit that changes nothing else, writes no event and has no receipt may
 * be lost when the machine of the store fails; nobody may ever read the old value after the new one.
 */
export const FLEETING_KINDS = ['liveness'] as const satisfies Kind[]

export function isSettingsKind(kind: Kind): boolean {
  return (SETTINGS_KINDS as readonly Kind[]).includes(kind)
}

export function isAppendOnlyKind(kind: Kind): boolean {
  return (APPEND_ONLY_KINDS as readonly Kind[]).includes(kind)
}
