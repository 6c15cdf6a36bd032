import type { Kind, RecordOf } from '../model/records.ts'
import { type FilterValue, type PageRequest, SCOPE_ITEMS_MAX, type Storage } from '../ports/storage.ts'

/** Pages that one search looks at: what fell due in archived projects stays due, and is passed over. */
const PAGES_MAX = 50

type Row = { readonly projectId: string | null }

/**
 * Rows without those of archived projects, in which nothing is written any more. A project that is archived at this
 * very moment may still be in; its command is refused then.
 */
export async function inLiveProjects<R extends Row>(storage: Storage, rows: readonly R[]): Promise<readonly R[]> {
  const ids = [...new Set(rows.flatMap(({ projectId }) => (projectId === null ? [] : [projectId])))]
  const archived = new Set<string>()
  for (let from = 0; from < ids.length; from += SCOPE_ITEMS_MAX) {
    const refs = ids.slice(from, from + SCOPE_ITEMS_MAX).map((id) => ({ kind: 'project' as const, id }))
    const { records } = await storage.load({ records: refs })
    for (const record of records) {
      const project = record as RecordOf<'project'> | null
      if (project?.status === 'ARCHIVED') archived.add(project.id)
    }
  }
  return rows.filter(({ projectId }) => projectId === null || !archived.has(projectId))
}

/** The first rows that are found outside of archived projects, at most as many as asked for. */
export async function liveRows<K extends Kind>(
  storage: Storage,
  request: PageRequest<K>,
): Promise<readonly RecordOf<K>[]> {
  const live: RecordOf<K>[] = []
  let after: readonly FilterValue[] | null | undefined
  for (let pages = 0; pages < PAGES_MAX && after !== null && live.length < request.limit; pages++) {
    const page = await storage.queries.page({ ...request, ...(after === undefined ? {} : { after }) })
    live.push(...(await inLiveProjects(storage, page.rows)))
    after = page.next
  }
  return live.slice(0, request.limit)
}
