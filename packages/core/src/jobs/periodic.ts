import type { MissionControlClient } from '../client.ts'
import { unwrap } from '../errors.ts'
import type { Ids } from '../ports/ids.ts'
import type { Logger } from '../ports/logger.ts'
import type { Storage } from '../ports/storage.ts'

/** What a job works with: the store to look things up in, and the system's own client to act. */
export interface JobContext {
  readonly storage: Storage
  readonly system: MissionControlClient
  readonly logger: Logger
}

/** One thing to do: a period, for a project or for all. */
export interface JobTarget {
  /** A project, or `all`. */
  readonly key: string
  /** Later periods sort behind earlier ones as text. */
  readonly period: string
}

export interface JobRun extends JobTarget {
  /** The store's clock, epoch ms. */
  readonly now: number
  /** Where the run before left off. */
  readonly cursor: string | null
}

export interface JobDone {
  readonly settled: number
  readonly cursor: string | null
}

/** A job that is done once per period, by one host, whatever the number of hosts; missed periods are made up for once. */
export interface PeriodicJob {
  readonly name: string
  /** What is to be done at this moment; done before or not. */
  targets(context: JobContext, now: number): Promise<readonly JobTarget[]>
  run(context: JobContext, run: JobRun): Promise<JobDone>
}

const PERIOD_CHARS = 14

/** The period of jobs that are done again and again after the same time. */
export function intervalTarget(now: number, everyMs: number): JobTarget {
  return { key: 'all', period: String(Math.floor(now / everyMs)).padStart(PERIOD_CHARS, '0') }
}

/** Runs periodic jobs when they are due. Remembers what is done, so that asking often costs nothing. */
export class PeriodicJobs {
  readonly #context: JobContext
  readonly #ids: Ids
  readonly #jobs: readonly PeriodicJob[]
  readonly #done = new Map<string, string>()

  constructor(context: JobContext, ids: Ids, jobs: readonly PeriodicJob[]) {
    this.#context = context
    this.#ids = ids
    this.#jobs = jobs
  }

  /** Does what is due now; gives how much each job settled. */
  async runDue(now: number): Promise<ReadonlyMap<string, number>> {
    const settled = new Map<string, number>()
    for (const job of this.#jobs) {
      const targets = await this.#guarded(job, () => job.targets(this.#context, now), [])
      let sum = 0
      for (const target of targets) sum += await this.#guarded(job, () => this.#once(job, target, now), 0)
      settled.set(job.name, sum)
    }
    return settled
  }

  /** One failure does not stop the others; a job that failed is taken again when its lease has run out. */
  async #guarded<T>(job: PeriodicJob, work: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work()
    } catch (error) {
      this.#context.logger.error('a job failed', { job: job.name, error: String(error) })
      return otherwise
    }
  }

  async #once(job: PeriodicJob, target: JobTarget, now: number): Promise<number> {
    const { key, period } = target
    const name = `${job.name}/${key}`
    if (this.#done.get(name) === period) return 0
    const { system } = this.#context
    const turn = { job: job.name, key, period, owner: this.#ids.ulid() }
    const { taken, isDone, cursor } = unwrap(await system.jobs.take(turn))
    if (isDone) this.#done.set(name, period)
    if (!taken) return 0
    const done = await job.run(this.#context, { key, period, now, cursor })
    unwrap(await system.jobs.finish({ ...turn, cursor: done.cursor }))
    this.#done.set(name, period)
    return done.settled
  }
}
