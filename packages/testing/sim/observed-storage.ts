import type { Commit, Storage } from '@mission-control/core/storage'
import type { Call } from './call.ts'
import type { Watch } from './invariants/watch.ts'
import type { Mirror } from './mirror.ts'

/** Who looks at the commits. */
interface Observer {
  readonly now: number
  readonly mirror: Mirror
  readonly calls: ReadonlyMap<string, Call>
  readonly watch: Required<Watch>
}

/** The store, with somebody who looks at every commit that was applied before anybody else goes on. */
export function observedStorage(storage: Storage, observer: Observer): Storage {
  const callOf = (commit: Commit) => {
    const mark = commit.receipt?.key.key ?? commit.events[0]?.traceparent
    return (typeof mark === 'string' ? observer.calls.get(mark) : undefined) ?? null
  }
  return {
    ...storage,
    commit: async (commit) => {
      const outcome = await storage.commit(commit)
      if (outcome.status === 'applied' && !observer.mirror.knows(commit)) {
        observer.watch.committed(observer.mirror.apply(commit, observer.now, callOf(commit)))
      }
      return outcome
    },
  }
}
