import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import type { Agent } from '../model/agent.ts'
import { AGENT_DOCUMENT_TYPES, type AgentDocument, type AgentDocumentVersion } from '../model/agent-document.ts'
import { refSchema } from '../model/ids.ts'
import type { Project } from '../model/project.ts'
import { refusal } from '../model/refusal.ts'
import type { Task } from '../model/task.ts'
import { nameSchema } from '../model/text.ts'
import type { Filter } from '../ports/storage.ts'
import { documentKey } from '../rules/document-key.ts'
import { SAFETY_RULES } from '../rules/safety-rules.ts'
import { localDate, windowStartsAt } from '../rules/windows.ts'
import { one } from './one.ts'
import { pageInput, readPage } from './page.ts'
import { found, projectQuery, type ReadingInProject } from './query.ts'

const TASKS_MAX = 50

async function documentOf(
  { queries, project }: ReadingInProject,
  agentId: string,
  type: AgentDocument['type'],
  key: string,
): Promise<AgentDocument | null> {
  const filters: Filter[] = [
    { field: 'agentId', op: 'eq', value: agentId },
    { field: 'type', op: 'eq', value: type },
    { field: 'key', op: 'eq', value: key },
  ]
  return (await queries.page({ kind: 'agentDocument', projectId: project.id, filters, limit: 1 })).rows[0] ?? null
}

/** Documents of an agent as they are now, newest first. */
export const listAgentDocuments = projectQuery({
  name: 'agents.documents',
  summary: 'Lists the documents of an agent, newest first, by type.',
  input: z.strictObject({
    ...inProject,
    ...pageInput,
    agentId: refSchema,
    type: z.enum(AGENT_DOCUMENT_TYPES).optional(),
  }),
  permission: 'read',
  read: ({ queries, project }, { agentId, type, ...paging }) =>
    readPage(
      queries,
      {
        kind: 'agentDocument',
        projectId: project.id,
        filters: [
          { field: 'agentId', op: 'eq', value: agentId },
          ...(type === undefined ? [] : [{ field: 'type', op: 'eq', value: type } as const]),
        ],
      },
      paging,
    ),
})

/** One document of an agent, as it is or as it was. */
export const getAgentDocument = projectQuery({
  name: 'agents.getDocument',
  summary: 'Gives one document of an agent, at any of its versions.',
  input: z.strictObject({
    ...inProject,
    agentId: refSchema,
    type: z.enum(AGENT_DOCUMENT_TYPES),
    key: nameSchema(200, 0).optional(),
    /** Absent: as it is now. */
    versionNo: z.int().min(1).optional(),
  }),
  permission: 'read',
  async read(reading, { agentId, type, key, versionNo }) {
    const { queries, project, now } = reading
    const missing = { ok: false, error: refusal('NOT_FOUND', `no such document: ${type} ${key ?? ''}`) } as const
    const of = documentKey(type, key, localDate(now, project.timeZone))
    const document = 'problem' in of ? null : await documentOf(reading, agentId, type, of.key)
    if (document === null) return missing
    if (versionNo === undefined || versionNo === document.version) return found(document)
    const filters: Filter[] = [
      { field: 'documentId', op: 'eq', value: document.id },
      { field: 'versionNo', op: 'eq', value: versionNo },
    ]
    const { rows } = await queries.page({ kind: 'agentDocumentVersion', projectId: project.id, filters, limit: 1 })
    const version: AgentDocumentVersion | undefined = rows[0]
    if (version === undefined) return missing
    const { content, author, redactedFields, createdAt } = version
    return found({ ...document, content, author, redactedFields, version: versionNo, updatedAt: createdAt })
  },
})

/** What an agent needs to begin a session. */
export interface AgentBootstrap {
  readonly agent: Agent
  readonly project: Project
  readonly soul: AgentDocument | null
  readonly working: AgentDocument | null
  /** Of yesterday and today, in this order, as far as they were written. */
  readonly notes: readonly AgentDocument[]
  /** What it is assigned and has not ended, by priority, then age. */
  readonly tasks: readonly Task[]
  readonly safetyRules: readonly string[]
}

/** Everything an agent reads before it begins. */
export const bootstrapAgent = projectQuery({
  name: 'agents.bootstrap',
  summary: 'Gives what an agent needs to begin a session: persona, working state, notes, tasks, safety rules.',
  input: z.strictObject({ ...inProject, agentId: refSchema }),
  permission: 'read',
  async read(reading, { agentId }) {
    const { queries, project, now } = reading
    const today = localDate(now, project.timeZone)
    const yesterday = localDate(windowStartsAt('DAY', now, project.timeZone) - 1, project.timeZone)
    const [agent, soul, working, before, current, tasks] = await Promise.all([
      one(queries, 'agent', project.id, agentId),
      documentOf(reading, agentId, 'SOUL_MD', ''),
      documentOf(reading, agentId, 'WORKING_MD', ''),
      documentOf(reading, agentId, 'DAILY_NOTE', yesterday),
      documentOf(reading, agentId, 'DAILY_NOTE', today),
      queries.page({
        kind: 'task',
        projectId: project.id,
        filters: [
          { field: 'assigneeIds', op: 'contains', value: agentId },
          { field: 'status', op: 'in', value: ['ASSIGNED', 'IN_PROGRESS', 'REVIEW', 'NEEDS_APPROVAL', 'BLOCKED'] },
        ],
        order: [
          { field: 'priority', direction: 'asc' },
          { field: 'createdAt', direction: 'asc' },
        ],
        limit: TASKS_MAX,
      }),
    ])
    if (agent === null) return { ok: false, error: refusal('NOT_FOUND', `no such agent: ${agentId}`) }
    return found<AgentBootstrap>({
      agent,
      project,
      soul,
      working,
      notes: [before, current].filter((note) => note !== null),
      tasks: tasks.rows,
      safetyRules: SAFETY_RULES,
    })
  },
})
