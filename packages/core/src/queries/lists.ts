import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { APPROVAL_STATUSES } from '../model/approval.ts'
import { refSchema } from '../model/ids.ts'
import type { Kind, RecordOf } from '../model/records.ts'
import { type Outcome, refusal } from '../model/refusal.ts'
import { RUN_STATUSES } from '../model/run.ts'
import { nameSchema } from '../model/text.ts'
import type { Filter, FilterValue } from '../ports/storage.ts'
import { one } from './one.ts'
import { pageInput, readPage } from './page.ts'
import { found, projectQuery, type ReadingInProject } from './query.ts'

/** Equality filters for the fields that were given. */
function given(fields: Readonly<Record<string, FilterValue | undefined>>): Filter[] {
  return Object.entries(fields).flatMap(([field, value]) =>
    value === undefined ? [] : [{ field, op: 'eq', value } as const],
  )
}

async function getOne<K extends Kind>(reading: ReadingInProject, kind: K, id: string): Promise<Outcome<RecordOf<K>>> {
  const record = await one(reading.queries, kind, reading.project.id, id)
  return record === null ? { ok: false, error: refusal('NOT_FOUND', `no such ${kind}: ${id}`) } : found(record)
}

/** Approvals of a project, newest first; those of no task included. */
export const listApprovals = projectQuery({
  name: 'approvals.list',
  summary: 'Lists approvals, newest first, by status, task or agent.',
  input: z.strictObject({
    ...inProject,
    ...pageInput,
    status: z.enum(APPROVAL_STATUSES).optional(),
    taskId: refSchema.optional(),
    agentId: refSchema.optional(),
  }),
  permission: 'read',
  read: ({ queries, project }, input) =>
    readPage(
      queries,
      {
        kind: 'approval',
        projectId: project.id,
        filters: given({ status: input.status, taskId: input.taskId, onBehalfOfAgentId: input.agentId }),
      },
      input,
    ),
})

/** One approval. */
export const getApproval = projectQuery({
  name: 'approvals.get',
  summary: 'Gives one approval.',
  input: z.strictObject({ ...inProject, approvalId: refSchema }),
  permission: 'read',
  read: (reading, { approvalId }) => getOne(reading, 'approval', approvalId),
})

/** Runs of a project, newest first. */
export const listRuns = projectQuery({
  name: 'runs.list',
  summary: 'Lists runs, newest first, by status, task, agent or session.',
  input: z.strictObject({
    ...inProject,
    ...pageInput,
    status: z.enum(RUN_STATUSES).optional(),
    taskId: refSchema.optional(),
    agentId: refSchema.optional(),
    sessionKey: nameSchema(200).optional(),
  }),
  permission: 'read',
  read: ({ queries, project }, input) =>
    readPage(
      queries,
      {
        kind: 'run',
        projectId: project.id,
        filters: given({
          status: input.status,
          taskId: input.taskId,
          agentId: input.agentId,
          sessionKey: input.sessionKey,
        }),
      },
      input,
    ),
})

/** One run. */
export const getRun = projectQuery({
  name: 'runs.get',
  summary: 'Gives one run.',
  input: z.strictObject({ ...inProject, runId: refSchema }),
  permission: 'read',
  read: (reading, { runId }) => getOne(reading, 'run', runId),
})

/** Messages of a task, newest first. */
export const listMessages = projectQuery({
  name: 'messages.list',
  summary: 'Lists the messages of a task, newest first.',
  input: z.strictObject({ ...inProject, ...pageInput, taskId: refSchema }),
  permission: 'read',
  read: ({ queries, project }, input) =>
    readPage(queries, { kind: 'message', projectId: project.id, filters: given({ taskId: input.taskId }) }, input),
})

/** Reviews of a task, newest first. */
export const listReviews = projectQuery({
  name: 'reviews.list',
  summary: 'Lists the reviews of a task, newest first.',
  input: z.strictObject({ ...inProject, ...pageInput, taskId: refSchema }),
  permission: 'read',
  read: ({ queries, project }, input) =>
    readPage(queries, { kind: 'review', projectId: project.id, filters: given({ taskId: input.taskId }) }, input),
})

/** Tool calls of a project, newest first. */
export const listToolCalls = projectQuery({
  name: 'toolCalls.list',
  summary: 'Lists tool calls, newest first, by agent, task, run or decision.',
  input: z.strictObject({
    ...inProject,
    ...pageInput,
    agentId: refSchema.optional(),
    taskId: refSchema.optional(),
    runId: refSchema.optional(),
    decision: z.enum(['ALLOW', 'NEEDS_APPROVAL', 'DENY']).optional(),
  }),
  permission: 'read',
  read: ({ queries, project }, { agentId, taskId, runId, decision, ...paging }) =>
    readPage(
      queries,
      { kind: 'toolCall', projectId: project.id, filters: given({ agentId, taskId, runId, decision }) },
      paging,
    ),
})

/** Alerts of a project, newest first. */
export const listAlerts = projectQuery({
  name: 'alerts.list',
  summary: 'Lists alerts, newest first, by status.',
  input: z.strictObject({
    ...inProject,
    ...pageInput,
    status: z.enum(['OPEN', 'ACKNOWLEDGED', 'RESOLVED', 'IGNORED']).optional(),
  }),
  permission: 'read',
  read: ({ queries, project }, input) =>
    readPage(queries, { kind: 'alert', projectId: project.id, filters: given({ status: input.status }) }, input),
})

/** What the calling agent has not acknowledged yet, oldest first. */
export const listNotifications = projectQuery({
  name: 'notifications.list',
  summary: 'Lists unacknowledged notifications of the calling agent, oldest first.',
  input: z.strictObject({ ...inProject, ...pageInput }),
  permission: 'read',
  read: ({ queries, project, agent }, input) =>
    readPage(
      queries,
      {
        kind: 'notification',
        projectId: project.id,
        filters: [
          { field: 'targetId', op: 'eq', value: agent?.id ?? 'OPERATORS' },
          { field: 'ackedAt', op: 'eq', value: null },
        ],
        order: [{ field: 'createdAt', direction: 'asc' }],
      },
      input,
    ),
})

/** One document with its content. */
export const getDocument = projectQuery({
  name: 'documents.get',
  summary: 'Gives one document with its content.',
  input: z.strictObject({ ...inProject, documentId: refSchema }),
  permission: 'read',
  read: (reading, { documentId }) => getOne(reading, 'document', documentId),
})
