import type { LogRecord } from '../engine/record.ts'
import { activeProjects, dailyTarget } from './daily.ts'
import type { PeriodicJob } from './periodic.ts'

const HOUR = 2

/** Has the head of every log signed and kept outside the store, once a day. */
export function checkpointJob(record: LogRecord): PeriodicJob {
  return {
    name: 'checkpoint',
    targets: async (_, now) => {
      const target = dailyTarget('all', now, { hour: HOUR, timeZone: 'UTC', since: 0 })
      return target === null ? [] : [target]
    },
    run: async ({ storage }) => {
      const logs = [null, ...(await activeProjects(storage)).map(({ id }) => id)]
      let settled = 0
      for (const log of logs) {
        if ((await record.checkpoint(log)) !== null) settled++
      }
      return { settled, cursor: null }
    },
  }
}
