import type { Task } from '../model/task.ts'
import { type FilterValue, PAGE_ROWS_MAX, type Storage } from '../ports/storage.ts'
import { inboxPage } from '../queries/inbox.ts'

/** Rows read beyond what the callers of a round need, for those that cannot be taken. */
const SPARE_ROWS = 4
/** How far down the queue one round looks for tasks that are not waiting for other tasks. */
const ROWS_MAX = 2_000
/** Among how many of the first tasks callers are spread at most, while other hosts take from the same queue. */
const SPREAD_MAX = 64

/** Whose turn it is to be given a task: agents that take the same types of one project share the reading. */
export interface PickRequest {
  readonly projectId: string
  /** Empty: every type. */
  readonly types: readonly string[]
  /** What this caller found it cannot have. */
  readonly without: ReadonlySet<string>
  /** Any number: those of different callers differ. */
  readonly turn: number
}

interface Waiting {
  readonly request: PickRequest
  resolve(taskId: string | null): void
  reject(error: unknown): void
}

/**
 * Says which task is next, in the order of the queue. Callers of one process never get the same one while the first is
 * at it, as with SKIP LOCKED, and those that ask while the queue is being read share the next reading. Nothing is held
 * in the store: a host that picks the same task loses at its commit and picks again. Hosts that lose to each other
 * would go on in step, so each loss spreads the callers over more of the first tasks, and each success over fewer: a
 * host alone always takes the very first.
 */
export class TaskPicker {
  readonly #storage: Storage
  readonly #taken = new Set<string>()
  #spread = 1
  readonly #waiting = new Map<string, Waiting[]>()

  constructor(storage: Storage) {
    this.#storage = storage
  }

  /** The next task, kept from other callers until it is put back; null when there is none. */
  pick(request: PickRequest): Promise<string | null> {
    const key = JSON.stringify([request.projectId, ...request.types.toSorted()])
    return new Promise((resolve, reject) => {
      const waiting = { request, resolve, reject }
      const queue = this.#waiting.get(key)
      if (queue !== undefined) {
        queue.push(waiting)
        return
      }
      this.#waiting.set(key, [waiting])
      void this.#serve(key)
    })
  }

  /** What became of it: taken here, lost to somebody else, or neither. */
  putBack(taskId: string | null, how: 'won' | 'lost' | 'left'): void {
    if (taskId === null) return
    this.#taken.delete(taskId)
    if (how === 'lost') this.#spread = Math.min(this.#spread * 2, SPREAD_MAX)
    else if (how === 'won') this.#spread = Math.max(this.#spread - 1, 1)
  }

  async #serve(key: string): Promise<void> {
    for (;;) {
      const round = this.#waiting.get(key) ?? []
      if (round.length === 0) break
      this.#waiting.set(key, [])
      await this.#serveRound(round)
    }
    this.#waiting.delete(key)
  }

  async #serveRound(round: readonly Waiting[]): Promise<void> {
    const [first] = round
    if (first === undefined) return
    let left = round
    try {
      const rows = round.length + SPARE_ROWS + this.#taken.size + this.#spread - 1
      for await (const tasks of this.#openTasks(first.request, Math.min(rows, PAGE_ROWS_MAX))) {
        left = this.#handOut(left, tasks)
        if (left.length === 0) return
      }
      for (const { resolve } of left) resolve(null)
    } catch (error) {
      for (const { reject } of left) reject(error)
    }
  }

  /** Each caller gets one of the first that nobody has and that it does not rule out. Gives the callers still without one. */
  #handOut(round: readonly Waiting[], tasks: readonly Task[]): readonly Waiting[] {
    return round.filter(({ request, resolve }) => {
      const free = tasks.filter(({ id }) => !this.#taken.has(id) && !request.without.has(id))
      const task = free[request.turn % Math.min(this.#spread, Math.max(free.length, 1))]
      if (task === undefined) return true
      this.#taken.add(task.id)
      resolve(task.id)
      return false
    })
  }

  /** Pages of the queue, without those that wait for other tasks. */
  async *#openTasks({ projectId, types }: PickRequest, limit: number): AsyncGenerator<readonly Task[]> {
    let after: readonly FilterValue[] | undefined
    for (let read = 0; read < ROWS_MAX; read += limit) {
      const { rows, next } = await this.#storage.queries.page({
        ...inboxPage(projectId, types),
        ...(after === undefined ? {} : { after }),
        limit,
      })
      const open = await this.#withoutWaiting(rows)
      if (open.length > 0) yield open
      if (next === null) return
      after = next
    }
  }

  async #withoutWaiting(tasks: readonly Task[]): Promise<readonly Task[]> {
    const isWaiting = new Set<string>()
    for (const task of tasks) {
      if (task.dependsOn.length === 0) continue
      const { records } = await this.#storage.load({ records: task.dependsOn.map((id) => ({ kind: 'task', id })) })
      const isDone = records.every((record) => (record as Task | null)?.status === 'DONE')
      if (!isDone) isWaiting.add(task.id)
    }
    return tasks.filter(({ id }) => !isWaiting.has(id))
  }
}
