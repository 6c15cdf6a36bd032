import type { Kind, RecordOf } from '../model/records.ts'
import type { StorageQueries } from '../ports/storage.ts'

/** One record of a project by its id, or null. */
export async function one<K extends Kind>(
  queries: StorageQueries,
  kind: K,
  projectId: string,
  id: string,
): Promise<RecordOf<K> | null> {
  const page = await queries.page({ kind, projectId, filters: [{ field: 'id', op: 'eq', value: id }], limit: 1 })
  return page.rows[0] ?? null
}
