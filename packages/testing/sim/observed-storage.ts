import type { Commit, Storage } from '@mission-control/core/storage'
import type { World } from './world.ts'

/** The store, with somebody who looks at every commit that was applied before anybody else goes on. */
export function observedStorage(storage: Storage, world: World): Storage {
  const callOf = (commit: Commit) => {
    const mark = commit.receipt?.key.key ?? commit.events[0]?.traceparent
    return (typeof mark === 'string' ? world.calls.get(mark) : undefined) ?? null
  }
  return {
    ...storage,
    commit: async (commit) => {
      const outcome = await storage.commit(commit)
      if (outcome.status === 'applied' && !world.mirror.knows(commit)) {
        world.watch.committed(world.mirror.apply(commit, world.now, callOf(commit)))
      }
      return outcome
    },
  }
}
