import { z } from 'zod'
import { actorSchema } from './principal.ts'
import { projectRecord } from './record.ts'

const MESSAGE_TYPES = [
  'COMMENT',
  'WORK_PLAN',
  'PROGRESS',
  'ARTIFACT',
  'REVIEW',
  'APPROVAL_REQUEST',
  'DECISION',
  'ESCALATION',
  'SYSTEM',
] as const
export type MessageType = (typeof MESSAGE_TYPES)[number]

export const DOCUMENT_TYPES = ['DELIVERABLE', 'EVIDENCE', 'CHECKLIST', 'REPORT'] as const

const artifactSchema = z.strictObject({
  name: z.string(),
  type: z.enum(DOCUMENT_TYPES),
  url: z.string().nullable(),
  documentId: z.string().nullable(),
})

/** Something said on a task, or in a direct thread. */
export const messageSchema = z.strictObject({
  ...projectRecord,
  taskId: z.string().nullable(),
  threadId: z.string().nullable(),
  author: actorSchema,
  type: z.enum(MESSAGE_TYPES),
  content: z.string(),
  replyToId: z.string().nullable(),
  mentions: z.array(z.string()),
  artifacts: z.array(artifactSchema),
  editedAt: z.int().nullable(),
  editHistory: z.array(z.strictObject({ content: z.string(), at: z.int() })),
  /** When the other one of a thread received it, and read it; null on tasks. */
  deliveredAt: z.int().nullable(),
  readAt: z.int().nullable(),
  redactedFields: z.array(z.string()),
})
export type Message = z.infer<typeof messageSchema>

/** Somebody who asked to hear of a task, or asked not to although its role on the task would. */
export const subscriptionSchema = z.strictObject({
  ...projectRecord,
  taskId: z.string(),
  principalId: z.string(),
  /** The agent of that principal, to be told at its heartbeat; null for people. */
  agentId: z.string().nullable(),
  isMuted: z.boolean(),
})
export type Subscription = z.infer<typeof subscriptionSchema>

/** Two agents who talk with each other. There is one thread per pair. */
export const directThreadSchema = z.strictObject({
  ...projectRecord,
  participants: z.tuple([z.string(), z.string()]),
  /** Both agents in a fixed order, so that a pair is found whoever asks. */
  pairKey: z.string(),
  /** Why nobody may write any more; an OPERATOR clears it. */
  blockedReason: z.string().nullable(),
  /** What was before does not count as a loop any more. */
  unblockedAt: z.int().nullable(),
})
export type DirectThread = z.infer<typeof directThreadSchema>

/** A file kept with a task or an agent. A change makes a new version. */
export const documentSchema = z.strictObject({
  ...projectRecord,
  name: z.string(),
  type: z.enum(DOCUMENT_TYPES),
  mimeType: z.string(),
  content: z.string().nullable(),
  storageUrl: z.string().nullable(),
  sizeBytes: z.int().nonnegative(),
  checksum: z.string(),
  taskId: z.string().nullable(),
  agentId: z.string().nullable(),
  isRedacted: z.boolean(),
  previousVersionId: z.string().nullable(),
})
export type Document = z.infer<typeof documentSchema>
