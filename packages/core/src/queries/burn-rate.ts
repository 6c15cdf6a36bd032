import type { SpendRow, StorageQueries } from '../ports/storage.ts'
import { effectiveCap } from '../rules/budget.ts'
import { countedMicros } from '../rules/pricing.ts'
import { windowEndsAt, windowKey, windowStartsAt } from '../rules/windows.ts'
import { byType } from './spend-by-type.ts'

const HOUR_MS = 3_600_000

export interface BurnRateRequest {
  readonly projectId: string
  /** The zone of the project: its day is what is summed up. */
  readonly timeZone: string
  /** The moment to look from; absent: now, by the clock of the store. */
  readonly at?: number
  /** Whether imputed cost counts, as the policy says; absent: it does. */
  readonly countImputed?: boolean
}

export interface BurnShare {
  /** Id of the agent or task, or name of the model; empty where a line names none. */
  readonly key: string
  readonly micros: number
  readonly tokens: number
  readonly lines: number
}

/** What a project spends: so far, at what speed, and where that leads. All amounts in micro-USD. */
export interface BurnRate {
  readonly at: number
  /** When the local day began and ends: 23 or 25 hours apart where clocks change. */
  readonly dayStartsAt: number
  readonly dayEndsAt: number
  readonly todayMicros: number
  readonly billedMicros: number
  readonly imputedMicros: number
  readonly lastHourMicros: number
  /** Today, if it goes on as in the last hour until the end of the local day. */
  readonly endOfDayMicros: number
  /** The cap of the project for this day; null: none. */
  readonly capMicros: number | null
  /** Whether the day would end above the cap; null without one. */
  readonly isAboveCap: boolean | null
  readonly byAgent: readonly BurnShare[]
  readonly byTask: readonly BurnShare[]
  /** By type of task; empty where a line belongs to no task. */
  readonly byType: readonly BurnShare[]
  readonly byModel: readonly BurnShare[]
}

/** Sums up what a project spends today, by time of use, and where it leads by the end of its local day. */
export async function burnRate(queries: StorageQueries, request: BurnRateRequest): Promise<BurnRate> {
  const { projectId, timeZone } = request
  const at = request.at ?? (await queries.now())
  const dayStartsAt = windowStartsAt('DAY', at, timeZone)
  const dayEndsAt = windowEndsAt('DAY', at, timeZone)
  // Half-open windows: what is used at this very moment counts as well.
  const toAt = at + 1
  const sum = (fromAt: number, groupBy: 'agentId' | 'taskId' | 'model' | null) =>
    queries.spend({ projectId, fromAt, toAt, groupBy })
  const [today, lastHour, byAgent, byTask, byModel, budget] = await Promise.all([
    sum(dayStartsAt, null),
    sum(toAt - HOUR_MS, null),
    sum(dayStartsAt, 'agentId'),
    sum(dayStartsAt, 'taskId'),
    sum(dayStartsAt, 'model'),
    projectDayBudget(queries, projectId),
  ])
  const countImputed = request.countImputed ?? true
  const micros = (rows: readonly SpendRow[]) => rows.reduce((total, row) => total + countedMicros(row, countImputed), 0)
  const todayMicros = micros(today)
  const lastHourMicros = micros(lastHour)
  const endOfDayMicros = todayMicros + share(lastHourMicros, dayEndsAt - at)
  const capMicros = effectiveCap(null, budget, windowKey('DAY', at, timeZone))
  return {
    at,
    dayStartsAt,
    dayEndsAt,
    todayMicros,
    billedMicros: today.reduce((total, row) => total + row.billedMicros, 0),
    imputedMicros: today.reduce((total, row) => total + row.imputedMicros, 0),
    lastHourMicros,
    endOfDayMicros,
    capMicros,
    isAboveCap: capMicros === null ? null : endOfDayMicros > capMicros,
    byAgent: shares(byAgent, countImputed),
    byTask: shares(byTask, countImputed),
    byType: shares(await byType(queries, projectId, byTask), countImputed),
    byModel: shares(byModel, countImputed),
  }
}

/** What an hourly amount comes to over some time, rounded up, without passing through a float. */
function share(hourMicros: number, overMs: number): number {
  const hour = BigInt(HOUR_MS)
  return Number((BigInt(hourMicros) * BigInt(overMs) + hour - 1n) / hour)
}

/** The dearest first. */
function shares(rows: readonly SpendRow[], countImputed: boolean): BurnShare[] {
  return rows
    .map((row) => ({ key: row.key, micros: countedMicros(row, countImputed), tokens: row.tokens, lines: row.lines }))
    .sort((one, other) => other.micros - one.micros || (one.key < other.key ? -1 : 1))
}

/** The budget of a project for its day in USD; null without one. */
export async function projectDayBudget(queries: StorageQueries, projectId: string) {
  const page = await queries.page({
    kind: 'budget',
    projectId,
    filters: [
      { field: 'scopeType', op: 'eq', value: 'PROJECT' },
      { field: 'scopeId', op: 'eq', value: projectId },
      { field: 'metric', op: 'eq', value: 'USD' },
      { field: 'window', op: 'eq', value: 'DAY' },
    ],
    limit: 1,
  })
  return page.rows[0] ?? null
}
