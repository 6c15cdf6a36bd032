import { z } from 'zod'
import { projectRecord } from './record.ts'

export const REVIEW_VERBS = ['PRAISE', 'REFUTE', 'CHANGESET', 'APPROVE'] as const
export type ReviewVerb = (typeof REVIEW_VERBS)[number]

const REVIEW_STATUSES = ['OPEN', 'ACCEPTED', 'REJECTED', 'RESOLVED', 'ESCALATED', 'SUPERSEDED', 'CLOSED'] as const
export type ReviewStatus = (typeof REVIEW_STATUSES)[number]

const reviewItemSchema = z.strictObject({
  file: z.string(),
  change: z.string(),
  lineNumber: z.int().min(1).nullable(),
  resolution: z.string().nullable(),
  resolvedAt: z.int().nullable(),
})

/** What a reviewer said about one submission. */
export const reviewSchema = z.strictObject({
  ...projectRecord,
  taskId: z.string(),
  submission: z.int().min(1),
  reviewer: z.string(),
  verb: z.enum(REVIEW_VERBS),
  deliverableHash: z.string(),
  summary: z.string(),
  score: z.int().min(1).max(10).nullable(),
  status: z.enum(REVIEW_STATUSES),
  round: z.int().min(1),
  response: z.string().nullable(),
  claim: z.string().nullable(),
  evidence: z.string().nullable(),
  severity: z.enum(['MINOR', 'MAJOR', 'CRITICAL']).nullable(),
  items: z.array(reviewItemSchema),
  redactedFields: z.array(z.string()),
})
export type Review = z.infer<typeof reviewSchema>
