import { z } from 'zod'
import { microsSchema } from './money.ts'
import { actorSchema } from './principal.ts'
import { projectRecord } from './record.ts'
import { metadataSchema } from './text.ts'

export const TASK_STATUSES = [
  'INBOX',
  'ASSIGNED',
  'IN_PROGRESS',
  'REVIEW',
  'NEEDS_APPROVAL',
  'BLOCKED',
  'DONE',
  'CANCELED',
] as const
export type TaskStatus = (typeof TASK_STATUSES)[number]

export const TASK_TYPES = [
  'CONTENT',
  'SOCIAL',
  'EMAIL_MARKETING',
  'CUSTOMER_RESEARCH',
  'SEO_RESEARCH',
  'ENGINEERING',
  'DOCS',
  'OPS',
] as const
export type TaskType = (typeof TASK_TYPES)[number]

const ALIASES: Readonly<Record<string, TaskType>> = {
  CODE_CHANGE: 'ENGINEERING',
  RESEARCH: 'CUSTOMER_RESEARCH',
  EMAIL: 'EMAIL_MARKETING',
}

/** A task type as callers write it; the three aliases of executors are read as what they mean. */
export const taskTypeInput = z.preprocess(
  (value) => (typeof value === 'string' ? (ALIASES[value] ?? value) : value),
  z.enum(TASK_TYPES),
)

export const TASK_SOURCES = ['DASHBOARD', 'TELEGRAM', 'GITHUB', 'JIRA', 'AGENT', 'API', 'SEED'] as const

export const workPlanSchema = z.strictObject({
  bullets: z.array(z.string()),
  estimatedCostMicros: microsSchema.nullable(),
  estimatedDurationMs: z.int().nonnegative().nullable(),
})
export type WorkPlan = z.infer<typeof workPlanSchema>

export const deliverableSchema = z.strictObject({
  summary: z.string().nullable(),
  content: z.string().nullable(),
  artifactIds: z.array(z.string()),
  hash: z.string(),
})
export type Deliverable = z.infer<typeof deliverableSchema>

export const checklistSchema = z.strictObject({
  type: z.enum(TASK_TYPES),
  items: z.array(
    z.strictObject({
      key: z.string(),
      label: z.string(),
      checked: z.boolean(),
      note: z.string().nullable(),
      verifiedBy: z.string().nullable(),
      verifiedAt: z.int().nullable(),
    }),
  ),
})
export type Checklist = z.infer<typeof checklistSchema>

/** Time-limited ownership. `leaseUntil` null: the lease is stopped while the task waits for somebody else. */
export const claimSchema = z.strictObject({
  agentId: z.string(),
  leaseUntil: z.int().nullable(),
  epoch: z.int().min(1),
})
export type Claim = z.infer<typeof claimSchema>

/** A piece of work and where it stands. `status` changes only together with a Transition row. */
export const taskSchema = z.strictObject({
  ...projectRecord,
  title: z.string(),
  description: z.string().nullable(),
  type: z.enum(TASK_TYPES),
  priority: z.int().min(1).max(4),
  labels: z.array(z.string()),
  dueAt: z.int().nullable(),
  status: z.enum(TASK_STATUSES),
  createdBy: z.string(),
  source: z.enum(TASK_SOURCES),
  sourceRef: z.string().nullable(),
  parentTaskId: z.string().nullable(),
  followUpOfId: z.string().nullable(),
  assigneeIds: z.array(z.string()),
  reviewerId: z.string().nullable(),
  dependsOn: z.array(z.string()),
  claim: claimSchema.nullable(),
  /** Rises at each change of holder, also to none. */
  epoch: z.int().min(0),
  /** When the last holder lost a started task by silence; null once somebody holds it again. */
  lapsedAt: z.int().nullable(),
  workedBy: z.array(z.string()),
  returnStatus: z.enum(TASK_STATUSES).nullable(),
  waitingFor: z.array(z.string()),
  blockedReason: z.string().nullable(),
  workPlan: workPlanSchema.nullable(),
  deliverable: deliverableSchema.nullable(),
  costSummary: z.strictObject({ totalMicros: microsSchema, runs: z.int(), tokens: z.int() }).nullable(),
  checklist: checklistSchema.nullable(),
  reviewCycles: z.int().min(0),
  submission: z.int().min(0),
  /** `seq` of the last Transition. */
  transitionCount: z.int().min(0),
  estimatedCostMicros: microsSchema.nullable(),
  budgetAllocatedMicros: microsSchema,
  startedAt: z.int().nullable(),
  submittedAt: z.int().nullable(),
  completedAt: z.int().nullable(),
  redactedFields: z.array(z.string()),
  metadata: metadataSchema.nullable(),
})
export type Task = z.infer<typeof taskSchema>

/** One move of a task, with what stood behind it. Append-only. */
export const transitionSchema = z.strictObject({
  ...projectRecord,
  taskId: z.string(),
  seq: z.int().min(1),
  from: z.enum(TASK_STATUSES),
  to: z.enum(TASK_STATUSES),
  actor: actorSchema,
  reason: z.string().nullable(),
  artifacts: z.strictObject({
    workPlan: workPlanSchema.nullable(),
    deliverable: deliverableSchema.nullable(),
    checklist: checklistSchema.nullable(),
  }),
  policyVersion: z.string().nullable(),
  approvalId: z.string().nullable(),
})
export type Transition = z.infer<typeof transitionSchema>
