import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { mayEnterProject } from '../rules/permissions.ts'
import { pageInput, readPage } from './page.ts'
import { found, globalQuery, projectQuery } from './query.ts'

/** The projects the caller may enter, newest first. */
export const listProjects = globalQuery({
  name: 'projects.list',
  summary: 'Lists the projects the caller may enter.',
  input: z.strictObject({ ...pageInput, slug: z.string().max(63).optional() }),
  permission: 'read',
  async read({ queries, principal }, input) {
    const reach = principal === null ? 'ALL' : principal.projectIds
    return readPage(
      queries,
      {
        kind: 'project',
        filters: [
          ...(reach === 'ALL' ? [] : [{ field: 'id', op: 'in', value: reach } as const]),
          ...(input.slug === undefined ? [] : [{ field: 'slug', op: 'eq', value: input.slug } as const]),
        ],
      },
      input,
    )
  },
})

/** One project by id or slug. */
export const getProject = globalQuery({
  name: 'projects.get',
  summary: 'Gives one project by its id or slug.',
  input: z.strictObject({ project: refSchema }),
  permission: 'read',
  async read({ queries, principal }, input) {
    const by = async (field: string) =>
      (await queries.page({ kind: 'project', filters: [{ field, op: 'eq', value: input.project }], limit: 1 }))
        .rows[0] ?? null
    const project = (await by('id')) ?? (await by('slug'))
    if (project === null || (principal !== null && !mayEnterProject(principal, project.id))) {
      return { ok: false, error: refusal('NOT_FOUND', 'no such project') }
    }
    return found(project)
  },
})

/** How many tasks there are in each status, how many agents in each, and what waits for a decision. */
export const projectStats = projectQuery({
  name: 'projects.stats',
  summary: 'Counts tasks and agents by status, and pending approvals.',
  input: z.strictObject({ ...inProject }),
  permission: 'read',
  async read({ queries, project }) {
    const projectId = project.id
    const [tasks, agents, approvals, alerts] = await Promise.all([
      queries.counts({ kind: 'task', projectId, groupBy: 'status' }),
      queries.counts({ kind: 'agent', projectId, groupBy: 'status' }),
      queries.counts({ kind: 'approval', projectId, groupBy: 'status' }),
      queries.counts({ kind: 'alert', projectId, groupBy: 'status' }),
    ])
    return found({ tasks, agents, pendingApprovals: approvals.PENDING ?? 0, openAlerts: alerts.OPEN ?? 0 })
  },
})
