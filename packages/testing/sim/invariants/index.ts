import type { World } from '../world.ts'
import type { Watch } from './watch.ts'

/** Everything that is looked after. */
export function watchAll(world: World): Watch {
  const watches: readonly Watch[] = [
    {
      committed: (change) => {
        for (const { kind, after } of change.written) {
          if (kind === 'transition' && 'from' in after && 'to' in after)
            world.coverage.moved(String(after.from), String(after.to))
        }
      },
      answered: () => {},
    },
  ]
  return {
    committed: (change) => {
      for (const watch of watches) watch.committed(change)
    },
    answered: (call, outcome) => {
      for (const watch of watches) watch.answered(call, outcome)
    },
  }
}
