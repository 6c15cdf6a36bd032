import { liveRows } from './live-rows.ts'
import { intervalTarget, type PeriodicJob } from './periodic.ts'

const EVERY_MS = 60_000
const ROWS_MAX = 200

/** Offers what nobody has taken to the executors again, the oldest first. */
export const executionRouting: PeriodicJob = {
  name: 'execution-routing',
  targets: (_context, now) => Promise.resolve([intervalTarget(now, EVERY_MS)]),
  async run({ storage, system, logger }) {
    const pending = await liveRows(storage, {
      kind: 'execution',
      filters: [{ field: 'pendingAt', op: 'gte', value: 0 }],
      order: [{ field: 'pendingAt', direction: 'asc' }],
      limit: ROWS_MAX,
    })
    let settled = 0
    for (const { id: executionId, projectId } of pending) {
      try {
        const outcome = await system.executions.settle({ projectId, executionId })
        if (outcome.ok && outcome.data.status !== 'PENDING') settled++
      } catch (error) {
        logger.error('a request could not be routed', { executionId, error: String(error) })
      }
    }
    return { settled, cursor: null }
  },
}
