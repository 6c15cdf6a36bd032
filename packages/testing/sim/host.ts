import { createMissionControl, type MissionControl, type MissionControlClient } from '@mission-control/core'
import type { Clock, Storage } from '@mission-control/core/storage'
import { faultyStorage } from './faulty-storage.ts'
import type { HostOptions } from './host-options.ts'
import { ONE_TIME_CODES } from './one-time-codes.ts'

/** One process that runs the engine. When it crashes, what it had begun goes no further, and a new one takes its place. */
export class Host {
  readonly mc: MissionControl
  readonly #storage: Storage
  readonly #clients = new Map<string, MissionControlClient>()
  /** Those who wait for an answer of this host. */
  readonly #waiting = new Set<() => void>()
  #isDown = false
  /** What its jobs could not do, and said so. */
  complaints = 0
  /** While it opens, it talks to the store at once and without faults. */
  #isOpening = true

  private constructor(options: HostOptions) {
    const { scheduler, random, ids, weather } = options
    const skewMs = random.between(-weather().skewMsMax, weather().skewMsMax)
    const clock: Clock = { now: () => scheduler.now + skewMs }
    this.#storage = faultyStorage(options, { isDown: () => this.#isDown, isOpening: () => this.#isOpening })
    this.mc = createMissionControl({
      storage: this.#storage,
      ids,
      clock,
      limits: { gatesPerMinuteMax: options.gatesPerMinuteMax },
      oneTimeCodes: ONE_TIME_CODES,
      channels: [options.receiver],
      logger: {
        info: () => {},
        warn: () => this.complaints++,
        error: () => this.complaints++,
      },
      pause: async (msMax) => {
        if (!this.#isOpening) await this.#unlessDown(scheduler.wait(random.next() * msMax))
      },
    })
  }

  static open(options: HostOptions): Host {
    const host = new Host(options)
    host.#isOpening = false
    return host
  }

  /** Does something before anything goes wrong: the set-up of a seed. */
  async undisturbed<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#isOpening
    this.#isOpening = true
    const done = await work()
    this.#isOpening = before
    return done
  }

  /** The client of a principal, which is made when it is first asked for. */
  async client(principalId: string, projectId: string): Promise<MissionControlClient> {
    const known = this.#clients.get(principalId)
    if (known !== undefined) return known
    const client = await this.undisturbed(async () => (await this.mc.as(principalId)).inProject(projectId))
    this.#clients.set(principalId, client)
    return client
  }

  get isDown(): boolean {
    return this.#isDown
  }

  /** Waits for an answer; `LOST` when the host went down meanwhile. */
  answer<T>(pending: Promise<T>): Promise<T | 'LOST'> {
    return new Promise((resolve, reject) => {
      const lose = () => resolve('LOST')
      this.#waiting.add(lose)
      pending.then(resolve, reject).finally(() => this.#waiting.delete(lose))
    })
  }

  /** Reads from the store over this host's connection. */
  read<T>(look: (storage: Storage) => Promise<T>): Promise<T | 'LOST'> {
    return this.answer(look(this.#storage))
  }

  crash(): void {
    this.#isDown = true
    for (const lose of this.#waiting) lose()
    this.#waiting.clear()
  }

  async #unlessDown(pending: Promise<void>): Promise<void> {
    await pending
    if (this.#isDown) await new Promise(() => {})
  }
}
