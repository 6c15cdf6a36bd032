import type { Kind, RecordOf } from '../model/records.ts'
import { PAGE_ROWS_MAX, type StorageQueries } from '../ports/storage.ts'

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

/** Records of whatever project by their ids, for jobs that serve all of them. */
export async function byId<K extends Kind>(
  queries: StorageQueries,
  kind: K,
  ids: readonly string[],
): Promise<ReadonlyMap<string, RecordOf<K>>> {
  const value = [...new Set(ids)]
  if (value.length === 0) return new Map()
  const { rows } = await queries.page({ kind, filters: [{ field: 'id', op: 'in', value }], limit: PAGE_ROWS_MAX })
  return new Map(rows.map((row) => [row.id, row]))
}
