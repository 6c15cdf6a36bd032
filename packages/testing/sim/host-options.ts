import type { Ids, NotificationChannel } from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { Weather } from './weather.ts'

/** What a host is opened with; all hosts of a seed share it. */
export interface HostOptions {
  readonly storage: Storage
  readonly scheduler: Scheduler
  readonly random: Random
  readonly ids: Ids
  readonly weather: () => Weather
  readonly gatesPerMinuteMax: number
  readonly receiver: NotificationChannel
}
