import type { Agent } from '../model/agent.ts'
import type { Task } from '../model/task.ts'
import { type FilterValue, SCOPE_ITEMS_MAX, type Storage } from '../ports/storage.ts'
import { isAbandoned } from '../rules/lease.ts'
import { inLiveProjects } from './live-rows.ts'

/**
 * Finds assigned tasks that nobody holds and whose assignees have all gone away. Most assigned tasks are not of these,
 * so each round goes on where the one before stopped, and only those are given to a command.
 */
export class AbandonedTasks {
  readonly #storage: Storage
  readonly #rowsMax: number
  #place: readonly FilterValue[] | null = null

  constructor(storage: Storage, rowsMax: number) {
    this.#storage = storage
    this.#rowsMax = rowsMax
  }

  async due(): Promise<readonly Task[]> {
    const page = await this.#storage.queries.page({
      kind: 'task',
      filters: [
        { field: 'status', op: 'eq', value: 'ASSIGNED' },
        { field: 'claim.leaseUntil', op: 'eq', value: null },
      ],
      order: [{ field: 'createdAt', direction: 'asc' }],
      limit: this.#rowsMax,
      ...(this.#place === null ? {} : { after: this.#place }),
    })
    this.#place = page.next
    const rows = await inLiveProjects(this.#storage, page.rows)
    const agents = await this.#agents([...new Set(rows.flatMap(({ assigneeIds }) => assigneeIds))])
    return rows.filter(({ assigneeIds }) => isAbandoned(assigneeIds.map((id) => agents.get(id) ?? null)))
  }

  async #agents(ids: readonly string[]): Promise<ReadonlyMap<string, Agent>> {
    const agents = new Map<string, Agent>()
    for (let from = 0; from < ids.length; from += SCOPE_ITEMS_MAX) {
      const refs = ids.slice(from, from + SCOPE_ITEMS_MAX).map((id) => ({ kind: 'agent' as const, id }))
      const { records } = await this.#storage.load({ records: refs })
      for (const record of records) if (record !== null) agents.set(record.id, record as Agent)
    }
    return agents
  }
}
