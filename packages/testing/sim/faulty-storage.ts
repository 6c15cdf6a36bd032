import { type Commit, MissionControlError, type Storage } from '@mission-control/core/storage'
import type { HostOptions } from './host-options.ts'

interface HostState {
  readonly isDown: () => boolean
  readonly isOpening: () => boolean
}

/** The way from one host to the store: every call takes its turn in virtual time, and may go wrong. */
export function faultyStorage(options: HostOptions, host: HostState): Storage {
  const { storage, scheduler, random, weather } = options

  const turn = async (msMax: number) => {
    await scheduler.wait(random.next() * msMax)
    // A host that is down goes no further: whatever waited here waits for ever.
    if (host.isDown()) await new Promise(() => {})
  }

  const lost = () => new MissionControlError('UNAVAILABLE', 'the connection broke')

  async function read<T>(look: () => Promise<T>): Promise<T> {
    if (host.isOpening()) return look()
    const { latencyMsMax, unavailable, staleRead } = weather()
    await turn(latencyMsMax)
    if (random.chance(unavailable)) throw lost()
    const seen = await look()
    if (random.chance(staleRead)) await turn(latencyMsMax * 4)
    return seen
  }

  async function write<T>(put: () => Promise<T>, isApplied: (outcome: T) => boolean): Promise<T> {
    if (host.isOpening()) return put()
    const { latencyMsMax, unavailable, lostAnswer, duplicated } = weather()
    await turn(latencyMsMax)
    if (random.chance(unavailable)) throw lost()
    const outcome = await put()
    // The network delivers it once more, whoever still waits for it.
    if (isApplied(outcome) && random.chance(duplicated)) {
      scheduler.after(random.next() * latencyMsMax * 10, () => void put().catch(() => {}))
    }
    if (random.chance(lostAnswer)) throw lost()
    return outcome
  }

  const { queries } = storage
  return {
    load: (scope) => read(() => storage.load(scope)),
    commit: (commit: Commit) =>
      write(
        () => storage.commit(commit),
        ({ status }) => status === 'applied',
      ),
    readEvents: (request) => read(() => storage.readEvents(request)),
    readUnsealed: (limit) => read(() => storage.readUnsealed(limit)),
    seal: (request) =>
      write(
        () => storage.seal(request),
        (outcome) => outcome === 'sealed',
      ),
    snapshot: (take) => storage.snapshot(take),
    restore: (rows) => storage.restore(rows),
    onCommit: (listener) => storage.onCommit(listener),
    queries: {
      now: () => read(() => queries.now()),
      page: (request) => read(() => queries.page(request)),
      counts: (request) => read(() => queries.counts(request)),
      timeline: (request) => read(() => queries.timeline(request)),
      chain: (request) => read(() => queries.chain(request)),
      search: (request) => read(() => queries.search(request)),
      chainHead: (projectId) => read(() => queries.chainHead(projectId)),
      spend: (request) => read(() => queries.spend(request)),
      balances: (request) => read(() => queries.balances(request)),
    },
    close: () => storage.close(),
  }
}
