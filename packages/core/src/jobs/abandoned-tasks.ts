import type { Task } from '../model/task.ts'
import type { Storage } from '../ports/storage.ts'
import { isAbandoned } from '../rules/lease.ts'
import { recordsById, TaskRounds } from './task-rounds.ts'

/**
 * Finds assigned tasks that nobody holds and whose assignees have all gone away. Most assigned tasks are not of these,
 * so only those are given to a command.
 */
export class AbandonedTasks {
  readonly #storage: Storage
  readonly #rounds: TaskRounds

  constructor(storage: Storage, rowsMax: number) {
    this.#storage = storage
    const filters = [
      { field: 'status', op: 'eq', value: 'ASSIGNED' },
      { field: 'claim.leaseUntil', op: 'eq', value: null },
    ] as const
    this.#rounds = new TaskRounds(storage, filters, rowsMax)
  }

  async due(): Promise<readonly Task[]> {
    const rows = await this.#rounds.next()
    const assigneeIds = rows.flatMap((task) => task.assigneeIds)
    const agents = await recordsById(this.#storage, 'agent', assigneeIds)
    return rows.filter((task) => isAbandoned(task.assigneeIds.map((id) => agents.get(id) ?? null)))
  }
}
