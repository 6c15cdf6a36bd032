import type { Keeping } from '../engine/keeping.ts'
import type { BackupPlace } from '../ports/backup-place.ts'
import { dailyTarget } from './daily.ts'
import type { PeriodicJob } from './periodic.ts'

const HOUR = 2
const PREFIX = 'daily-'

/** Where a host puts its daily backups, and how many it keeps. */
export interface BackupOptions {
  readonly place: BackupPlace
  /** The oldest ones are removed. Default: 14. */
  readonly keep?: number
}

const KEEP_DEFAULT = 14

/** Backs the store up once a day, and removes daily backups that are too many. Others in the same place are left alone. */
export function backupJob(keeping: Keeping, { place, keep = KEEP_DEFAULT }: BackupOptions): PeriodicJob {
  return {
    name: 'backup',
    targets: async (_, now) => {
      const target = dailyTarget('all', now, { hour: HOUR, timeZone: 'UTC', since: 0 })
      return target === null ? [] : [target]
    },
    run: async (_, { period }) => {
      await keeping.backup({ place, id: `${PREFIX}${period}` })
      const daily = (await place.list()).filter((id) => id.startsWith(PREFIX)).sort()
      for (const id of daily.slice(0, Math.max(0, daily.length - keep))) await place.remove(id)
      return { settled: 1, cursor: null }
    },
  }
}
