import type { Task } from '../model/task.ts'
import type { Storage } from '../ports/storage.ts'
import { recordsById, TaskRounds } from './task-rounds.ts'

/**
 * Finds the tasks that wait for nothing any more. Most that wait do so for a person, for hours, so only those whose
 * decisions have all been made are given to a command.
 */
export class WaitingTasks {
  readonly #storage: Storage
  readonly #rounds: TaskRounds

  constructor(storage: Storage, rowsMax: number) {
    this.#storage = storage
    this.#rounds = new TaskRounds(storage, [{ field: 'status', op: 'eq', value: 'NEEDS_APPROVAL' }], rowsMax)
  }

  async due(): Promise<readonly Task[]> {
    const rows = await this.#rounds.next()
    const waitingFor = rows.flatMap((task) => task.waitingFor)
    const approvals = await recordsById(this.#storage, 'approval', waitingFor)
    const isPending = (id: string) => approvals.get(id)?.status === 'PENDING'
    return rows.filter((task) => task.waitingFor.length > 0 && !task.waitingFor.some(isPending))
  }
}
