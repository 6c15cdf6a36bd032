import type { Approval } from '../model/approval.ts'
import type { Task } from '../model/task.ts'
import { type FilterValue, SCOPE_ITEMS_MAX, type Storage } from '../ports/storage.ts'
import { inLiveProjects } from './live-rows.ts'

/**
 * Finds the tasks that wait for nothing any more. Most that wait do so for a person, for hours, so each round goes on
 * where the one before stopped, and only those whose decisions have all been made are given to a command.
 */
export class WaitingTasks {
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
      filters: [{ field: 'status', op: 'eq', value: 'NEEDS_APPROVAL' }],
      order: [{ field: 'createdAt', direction: 'asc' }],
      limit: this.#rowsMax,
      ...(this.#place === null ? {} : { after: this.#place }),
    })
    this.#place = page.next
    const rows = await inLiveProjects(this.#storage, page.rows)
    const pending = await this.#pending([...new Set(rows.flatMap(({ waitingFor }) => waitingFor))])
    return rows.filter(({ waitingFor }) => waitingFor.length > 0 && !waitingFor.some((id) => pending.has(id)))
  }

  async #pending(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const pending = new Set<string>()
    for (let from = 0; from < ids.length; from += SCOPE_ITEMS_MAX) {
      const refs = ids.slice(from, from + SCOPE_ITEMS_MAX).map((id) => ({ kind: 'approval' as const, id }))
      const { records } = await this.#storage.load({ records: refs })
      for (const record of records) {
        const approval = record as Approval | null
        if (approval?.status === 'PENDING') pending.add(approval.id)
      }
    }
    return pending
  }
}
