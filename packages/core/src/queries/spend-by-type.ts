import { TASK_TYPES } from '../model/task.ts'
import type { SpendRow, StorageQueries } from '../ports/storage.ts'

const TASKS_PER_PAGE = 200

/** Shares of tasks as shares of their types; what belongs to no task has an empty key. */
export async function byType(
  queries: StorageQueries,
  projectId: string,
  byTask: readonly SpendRow[],
): Promise<readonly SpendRow[]> {
  const types = await typesOf(
    queries,
    projectId,
    byTask.map(({ key }) => key).filter((key) => key !== ''),
  )
  const sums = new Map<string, SpendRow>()
  for (const row of byTask) {
    const key = types.get(row.key) ?? ''
    const sum = sums.get(key) ?? { key, billedMicros: 0, imputedMicros: 0, tokens: 0, lines: 0 }
    sums.set(key, {
      key,
      billedMicros: sum.billedMicros + row.billedMicros,
      imputedMicros: sum.imputedMicros + row.imputedMicros,
      tokens: sum.tokens + row.tokens,
      lines: sum.lines + row.lines,
    })
  }
  return [...sums.values()].sort((one, other) => TYPE_ORDER.indexOf(one.key) - TYPE_ORDER.indexOf(other.key))
}

const TYPE_ORDER: readonly string[] = ['', ...TASK_TYPES]

async function typesOf(
  queries: StorageQueries,
  projectId: string,
  taskIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const types = new Map<string, string>()
  for (let first = 0; first < taskIds.length; first += TASKS_PER_PAGE) {
    const value = taskIds.slice(first, first + TASKS_PER_PAGE)
    const page = await queries.page({
      kind: 'task',
      projectId,
      filters: [{ field: 'id', op: 'in', value }],
      limit: TASKS_PER_PAGE,
    })
    for (const task of page.rows) types.set(task.id, task.type)
  }
  return types
}
