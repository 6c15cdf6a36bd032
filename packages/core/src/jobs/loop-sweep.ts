import type { EventKind } from '../model/event.ts'
import type { StoredEvent } from '../ports/storage.ts'
import { intervalTarget, type JobContext, type PeriodicJob } from './periodic.ts'

const EVERY_MS = 60_000
const READ_ROWS_MAX = 200
/** What counts for a loop of a task; what never happened to a task since the last sweep need not be looked at. */
const COUNTED: ReadonlySet<EventKind> = new Set(['MESSAGE_POSTED', 'TASK_TRANSITION', 'RUN_FAILED'])

/**
 * Follows the log from where the sweep before left off and looks at every task that something happened to. One task
 * that cannot be looked at does not keep the others from it.
 */
export const loopSweep: PeriodicJob = {
  name: 'loop-sweep',
  targets: (_context, now) => Promise.resolve([intervalTarget(now, EVERY_MS)]),
  async run(context, { cursor: from }) {
    let cursor = from
    let settled = 0
    for (;;) {
      const page = await context.storage.readEvents({ after: cursor, limit: READ_ROWS_MAX })
      settled += await sweep(context, page.events)
      cursor = page.cursor ?? cursor
      if (page.events.length < READ_ROWS_MAX) return { settled, cursor }
    }
  },
}

async function sweep({ system, logger }: JobContext, events: readonly StoredEvent[]): Promise<number> {
  const tasks = new Map<string, string>()
  for (const { kind, taskId, projectId } of events) {
    if (taskId !== null && projectId !== null && COUNTED.has(kind)) tasks.set(taskId, projectId)
  }
  let settled = 0
  for (const [taskId, projectId] of tasks) {
    try {
      const swept = await system.tasks.sweepLoops({ projectId, taskId })
      if (!swept.ok) logger.warn('a task was not swept', { taskId, code: swept.error.code })
      else if (swept.data.detector !== null) settled++
    } catch (error) {
      logger.error('a task could not be swept', { taskId, error: String(error) })
    }
  }
  return settled
}
