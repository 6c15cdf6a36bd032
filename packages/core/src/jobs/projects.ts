import type { Project } from '../model/project.ts'
import type { JobContext } from './periodic.ts'

const PAGE_ROWS = 200

/** Every project that is not archived, page by page. */
export async function activeProjects({ storage }: JobContext): Promise<readonly Project[]> {
  const projects: Project[] = []
  const request = {
    kind: 'project',
    filters: [{ field: 'status', op: 'eq', value: 'ACTIVE' }],
    order: [{ field: 'createdAt', direction: 'asc' }],
    limit: PAGE_ROWS,
  } as const
  let page = await storage.queries.page(request)
  for (;;) {
    projects.push(...page.rows)
    if (page.next === null) return projects
    page = await storage.queries.page({ ...request, after: page.next })
  }
}
