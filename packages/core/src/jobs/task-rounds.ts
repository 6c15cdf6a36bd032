import type { RecordOf } from '../model/records.ts'
import type { Task } from '../model/task.ts'
import { type Filter, type FilterValue, SCOPE_ITEMS_MAX, type Storage } from '../ports/storage.ts'
import { inLiveProjects } from './live-rows.ts'

/** Reads tasks of live projects in rounds: each goes on where the one before stopped, so that none hides another. */
export class TaskRounds {
  readonly #storage: Storage
  readonly #filters: readonly Filter[]
  readonly #rowsMax: number
  #place: readonly FilterValue[] | null = null

  constructor(storage: Storage, filters: readonly Filter[], rowsMax: number) {
    this.#storage = storage
    this.#filters = filters
    this.#rowsMax = rowsMax
  }

  /** The next tasks, oldest first; after the last round it begins again. */
  async next(): Promise<readonly Task[]> {
    const page = await this.#storage.queries.page({
      kind: 'task',
      filters: this.#filters,
      order: [{ field: 'createdAt', direction: 'asc' }],
      limit: this.#rowsMax,
      ...(this.#place === null ? {} : { after: this.#place }),
    })
    this.#place = page.next
    return inLiveProjects(this.#storage, page.rows)
  }
}

/** The records of these ids that exist, by id, in as many looks as it takes. */
export async function recordsById<K extends 'agent' | 'approval'>(
  storage: Storage,
  kind: K,
  ids: readonly string[],
): Promise<ReadonlyMap<string, RecordOf<K>>> {
  const wanted = [...new Set(ids)]
  const found = new Map<string, RecordOf<K>>()
  for (let from = 0; from < wanted.length; from += SCOPE_ITEMS_MAX) {
    const refs = wanted.slice(from, from + SCOPE_ITEMS_MAX).map((id) => ({ kind, id }))
    const { records } = await storage.load({ records: refs })
    for (const record of records) if (record !== null) found.set(record.id, record as RecordOf<K>)
  }
  return found
}
