import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { EVENT_KINDS } from '../model/event.ts'
import { refSchema } from '../model/ids.ts'
import type { StoredEvent } from '../ports/storage.ts'
import { type Page, pageInput } from './page.ts'
import { found, projectQuery } from './query.ts'

/** The log of a project, filtered before the limit: the timeline of a task, of an agent, or the audit of a person. */
export const listEvents = projectQuery({
  name: 'events.list',
  summary: 'Lists events of a project by task, agent, actor, kind and time.',
  input: z.strictObject({
    ...inProject,
    ...pageInput,
    taskId: refSchema.optional(),
    agentId: refSchema.optional(),
    actorId: refSchema.optional(),
    kinds: z.array(z.enum(EVENT_KINDS)).max(EVENT_KINDS.length).optional(),
    fromAt: z.int().nonnegative().optional(),
    toAt: z.int().nonnegative().optional(),
    newestFirst: z.boolean().default(false),
  }),
  permission: 'read',
  async read({ queries, project }, { limit, cursor, newestFirst, projectId: _, ...filters }) {
    const defined = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined))
    const page = await queries.timeline({
      ...defined,
      projectId: project.id,
      newestFirst,
      limit,
      ...(cursor === undefined ? {} : { after: cursor }),
    })
    return found<Page<StoredEvent>>({ data: page.events, nextCursor: page.next })
  },
})
