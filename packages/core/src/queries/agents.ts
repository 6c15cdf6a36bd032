import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { AGENT_STATUSES } from '../model/agent.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { one } from './one.ts'
import { pageInput, readPage } from './page.ts'
import { found, projectQuery } from './query.ts'

/** The agents of a project. */
export const listAgents = projectQuery({
  name: 'agents.list',
  summary: 'Lists the agents of a project.',
  input: z.strictObject({ ...inProject, ...pageInput, status: z.array(z.enum(AGENT_STATUSES)).max(5).optional() }),
  permission: 'read',
  read: ({ queries, project }, input) =>
    readPage(
      queries,
      {
        kind: 'agent',
        projectId: project.id,
        filters: input.status === undefined ? [] : [{ field: 'status', op: 'in', value: input.status }],
      },
      input,
    ),
})

/** One agent with when it was last heard and what it has in its hands. */
export const getAgent = projectQuery({
  name: 'agents.get',
  summary: 'Gives one agent with its liveness and workload.',
  input: z.strictObject({ ...inProject, agentId: refSchema }),
  permission: 'read',
  async read({ queries, project }, { agentId }) {
    const [agent, liveness, workload] = await Promise.all([
      one(queries, 'agent', project.id, agentId),
      one(queries, 'liveness', project.id, agentId),
      one(queries, 'workload', project.id, agentId),
    ])
    if (agent === null) return { ok: false, error: refusal('NOT_FOUND', `no such agent: ${agentId}`) }
    return found({ agent, liveness, workload })
  },
})
