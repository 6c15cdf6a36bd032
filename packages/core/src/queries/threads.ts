import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { one } from './one.ts'
import { pageInput, readPage } from './page.ts'
import { projectQuery } from './query.ts'

/** Direct threads, newest first: those of the calling agent, or all of them for people. */
export const listThreads = projectQuery({
  name: 'threads.list',
  summary: 'Lists direct threads, newest first: of the calling agent, or for people of all.',
  input: z.strictObject({ ...inProject, ...pageInput }),
  permission: 'read',
  read: ({ queries, project, agent }, paging) =>
    readPage(
      queries,
      {
        kind: 'directThread',
        projectId: project.id,
        filters: agent === null ? [] : [{ field: 'participants', op: 'contains', value: agent.id }],
      },
      paging,
    ),
})

/** Messages of a direct thread, newest first. To any other agent the thread does not exist. */
export const listThreadMessages = projectQuery({
  name: 'threads.messages',
  summary: 'Lists the messages of a direct thread, newest first.',
  input: z.strictObject({ ...inProject, ...pageInput, threadId: refSchema }),
  permission: 'read',
  async read({ queries, project, agent }, { threadId, ...paging }) {
    const thread = await one(queries, 'directThread', project.id, threadId)
    if (thread === null || (agent !== null && !thread.participants.includes(agent.id))) {
      return { ok: false, error: refusal('NOT_FOUND', `no such directThread: ${threadId}`) }
    }
    return readPage(
      queries,
      { kind: 'message', projectId: project.id, filters: [{ field: 'threadId', op: 'eq', value: threadId }] },
      paging,
    )
  },
})
