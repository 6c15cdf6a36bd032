import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { refSchema } from '../model/ids.ts'
import type { Document, Message } from '../model/message.ts'
import { TASK_STATUSES, type Task, taskTypeInput } from '../model/task.ts'
import { storedText } from '../model/text.ts'
import type { Filter } from '../ports/storage.ts'
import { folded, SEARCH_CHARS_MAX, searchTokens } from '../rules/search.ts'
import { found, projectQuery, type ReadingInProject } from './query.ts'

const HITS_MAX = 50
const HITS_DEFAULT = 20
const LATEST_MESSAGES_MAX = 3
const SUGGESTIONS_MAX = 10
const SUGGEST_CHARS_MIN = 2
const EXCERPT_CHARS_MAX = 200

/** A task that fits, best first. */
export interface TaskHit {
  readonly task: Task
  readonly score: number
  /** The three latest messages, newest first. */
  readonly messages: readonly Message[]
}

/** A document that fits, without its content. */
export interface DocumentHit extends Pick<Document, 'id' | 'name' | 'type' | 'taskId' | 'agentId' | 'createdAt'> {
  /** The content around the first word that was looked for. */
  readonly excerpt: string
}

const searchInput = {
  ...inProject,
  q: storedText.max(SEARCH_CHARS_MAX).refine((value) => value.trim() !== '', { error: 'must not be blank' }),
  limit: z.int().min(1).max(HITS_MAX).default(HITS_DEFAULT),
}

/** Tasks of a project by what they say, ranked. */
export const searchTasks = projectQuery({
  name: 'search.tasks',
  summary: 'Finds tasks by words of their title, description, labels and type, best first.',
  input: z.strictObject({
    ...searchInput,
    status: z.array(z.enum(TASK_STATUSES)).max(8).optional(),
    type: taskTypeInput.optional(),
    priority: z.int().min(1).max(4).optional(),
    assigneeId: refSchema.optional(),
  }),
  permission: 'read',
  async read(reading, { q, limit, status, type, priority, assigneeId }) {
    const filters: Filter[] = [
      ...(status === undefined ? [] : [{ field: 'status', op: 'in', value: status } as const]),
      ...(type === undefined ? [] : [{ field: 'type', op: 'eq', value: type } as const]),
      ...(priority === undefined ? [] : [{ field: 'priority', op: 'eq', value: priority } as const]),
      ...(assigneeId === undefined ? [] : [{ field: 'assigneeIds', op: 'contains', value: assigneeId } as const]),
    ]
    const hits = await tasksFor(reading, q, limit, filters)
    const data = await Promise.all(
      hits.map(
        async ({ task, score }): Promise<TaskHit> => ({ task, score, messages: await latest(reading, task.id) }),
      ),
    )
    return found({ data })
  },
})

async function tasksFor({ queries, project, now }: ReadingInProject, q: string, limit: number, filters: Filter[] = []) {
  const tokens = searchTokens(q)
  const hits = await queries.search({ kind: 'task', projectId: project.id, tokens, filters, at: now, limit })
  return hits.map(({ record, score }) => ({ task: record as Task, score }))
}

async function latest({ queries, project }: ReadingInProject, taskId: string): Promise<readonly Message[]> {
  const filters = [{ field: 'taskId', op: 'eq', value: taskId } as const]
  return (await queries.page({ kind: 'message', projectId: project.id, filters, limit: LATEST_MESSAGES_MAX })).rows
}

/** What somebody who has typed a little may be looking for. */
export const suggestSearch = projectQuery({
  name: 'search.suggest',
  summary: 'Suggests labels and titles that contain what was typed, from two characters on.',
  input: z.strictObject({ ...inProject, q: storedText.max(SEARCH_CHARS_MAX) }),
  permission: 'read',
  async read(reading, { q }) {
    const typed = q.trim()
    if (Array.from(typed).length < SUGGEST_CHARS_MIN) return found({ data: [] as string[] })
    const hits = await tasksFor(reading, typed, HITS_MAX)
    const isMeant = (text: string) => searchTokens(typed).every((token) => folded(text).includes(token))
    const labels = hits.flatMap(({ task }) => task.labels).filter(isMeant)
    const titles = hits.map(({ task }) => task.title).filter(isMeant)
    return found({ data: [...new Set([...labels, ...titles])].slice(0, SUGGESTIONS_MAX) })
  },
})

/** Messages of a project by what they say, newest first. */
export const searchMessages = projectQuery({
  name: 'search.messages',
  summary: 'Finds messages by words of their text, newest first.',
  input: z.strictObject({ ...searchInput, taskId: refSchema.optional() }),
  permission: 'read',
  async read({ queries, project, now }, { q, limit, taskId }) {
    const filters: readonly Filter[] = [
      taskId === undefined
        ? // What two agents say to each other in a thread is theirs.
          { field: 'taskId', op: 'ne', value: null }
        : { field: 'taskId', op: 'eq', value: taskId },
    ]
    const tokens = searchTokens(q)
    const hits = await queries.search({ kind: 'message', projectId: project.id, tokens, filters, at: now, limit })
    return found({ data: hits.map(({ record }) => record as Message) })
  },
})

/** Documents of a project by name and content, newest first. */
export const searchDocuments = projectQuery({
  name: 'search.documents',
  summary: 'Finds documents by words of their name and content, newest first.',
  input: z.strictObject(searchInput),
  permission: 'read',
  async read({ queries, project, now }, { q, limit }) {
    const tokens = searchTokens(q)
    const hits = await queries.search({ kind: 'document', projectId: project.id, tokens, at: now, limit })
    return found({ data: hits.map(({ record }) => documentHit(record as Document, tokens)) })
  },
})

function documentHit(
  { id, name, type, taskId, agentId, createdAt, content }: Document,
  tokens: readonly string[],
): DocumentHit {
  const chars = Array.from(content ?? '')
  const said = folded(content ?? '')
  const first = Math.min(...tokens.map((token) => said.indexOf(token)).filter((at) => at >= 0), said.length)
  const from = Math.max(0, Array.from(said.slice(0, first)).length - EXCERPT_CHARS_MAX / 4)
  return { id, name, type, taskId, agentId, createdAt, excerpt: chars.slice(from, from + EXCERPT_CHARS_MAX).join('') }
}
