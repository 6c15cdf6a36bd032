import type { Project } from '../model/project.ts'
import { refusal } from '../model/refusal.ts'
import type { Filter, FilterValue, StorageQueries } from '../ports/storage.ts'
import { PAGE_ROWS_MAX } from '../ports/storage.ts'
import { mayEnterProject } from '../rules/permissions.ts'
import { found, type Reading } from './query.ts'

/** One project, or all active ones that the caller may enter. */
export async function chosenProjects({ queries, principal }: Reading, idOrSlug: string | undefined) {
  const may = (project: Project) => principal === null || mayEnterProject(principal, project.id)
  if (idOrSlug !== undefined) {
    const project =
      (await allRows(queries, 'project', [{ field: 'id', op: 'eq', value: idOrSlug }]))[0] ??
      (await allRows(queries, 'project', [{ field: 'slug', op: 'eq', value: idOrSlug }]))[0]
    if (project === undefined || !may(project)) {
      return { ok: false as const, error: refusal('NOT_FOUND', 'no such project') }
    }
    return found([project])
  }
  return found((await allRows(queries, 'project', [{ field: 'status', op: 'eq', value: 'ACTIVE' }])).filter(may))
}

/** Every row that fits, page by page. */
export async function allRows<K extends 'project' | 'agent'>(
  queries: StorageQueries,
  kind: K,
  filters: readonly Filter[],
  projectId?: string,
) {
  const rows: Awaited<ReturnType<typeof queries.page<K>>>['rows'][number][] = []
  for (let after: readonly FilterValue[] | null = []; after !== null; ) {
    const page: Awaited<ReturnType<typeof queries.page<K>>> = await queries.page({
      kind,
      filters,
      limit: PAGE_ROWS_MAX,
      ...(projectId === undefined ? {} : { projectId }),
      ...(after.length === 0 ? {} : { after }),
    })
    rows.push(...page.rows)
    after = page.next
  }
  return rows
}
