import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { refusal } from '../model/refusal.ts'
import type { SpendRow, StorageQueries } from '../ports/storage.ts'
import { countedMicros } from '../rules/pricing.ts'
import { windowStartsAt } from '../rules/windows.ts'
import { type BurnRate, type BurnShare, burnRate } from './burn-rate.ts'
import { found, projectQuery } from './query.ts'
import { byType } from './spend-by-type.ts'

/** Whether what a subscription pays for counts at its list price. */
const countImputed = z.boolean().default(true)

/** What a project spends today, and where that leads. */
export const projectBurnRate = projectQuery({
  name: 'budgets.burnRate',
  summary: 'Sums up what a project spends today, in the last hour, and where that leads by the end of its day.',
  input: z.strictObject({ ...inProject, countImputed }),
  permission: 'read',
  read: async ({ queries, project, now }, input) =>
    found<BurnRate>(
      await burnRate(queries, {
        projectId: project.id,
        timeZone: project.timeZone,
        at: now,
        countImputed: input.countImputed,
      }),
    ),
})

const GROUPS = ['agent', 'task', 'type', 'model', 'hour'] as const
export type CostGroup = (typeof GROUPS)[number]

/** What was spent in a span of time, by time of use. All amounts in micro-USD. */
export interface CostSummary {
  readonly fromAt: number
  readonly toAt: number
  readonly totalMicros: number
  readonly billedMicros: number
  readonly imputedMicros: number
  readonly tokens: number
  readonly lines: number
  /** Runs that were started in that span. */
  readonly runs: number
  /** Rounded up; null without a run. */
  readonly averagePerRunMicros: number | null
  /** The dearest first; empty unless grouped. */
  readonly groups: readonly BurnShare[]
}

/** Sums over every line of the span, however many there are: the store adds them up, nothing is cut. */
export const costSummary = projectQuery({
  name: 'costs.summary',
  summary: 'Sums up what was spent in a span of time: total, count, average, by agent, task, type, model or hour.',
  input: z.strictObject({
    ...inProject,
    groupBy: z.enum(GROUPS).optional(),
    /** Absent: the beginning of the day in the zone of the project. */
    from: z.int().nonnegative().optional(),
    /** The first moment that no longer counts. Absent: now included. */
    to: z.int().nonnegative().optional(),
    countImputed,
  }),
  permission: 'read',
  async read({ queries, project, now }, input) {
    const toAt = input.to ?? now + 1
    const fromAt = input.from ?? windowStartsAt('DAY', now, project.timeZone)
    if (fromAt > toAt) {
      const errors = [{ field: 'from', message: 'must not be after to' }]
      return { ok: false, error: refusal('VALIDATION', 'costs.summary: the input is not valid', { errors }) }
    }
    const span = { projectId: project.id, fromAt, toAt }
    const [rows, runs, groups] = await Promise.all([
      queries.spend({ ...span, groupBy: null }),
      countRuns(queries, span),
      input.groupBy === undefined ? [] : groupsOf(queries, span, input.groupBy),
    ])
    const total = rows[0] ?? { key: '', billedMicros: 0, imputedMicros: 0, tokens: 0, lines: 0 }
    const totalMicros = countedMicros(total, input.countImputed)
    return found<CostSummary>({
      fromAt,
      toAt,
      totalMicros,
      billedMicros: total.billedMicros,
      imputedMicros: total.imputedMicros,
      tokens: total.tokens,
      lines: total.lines,
      runs,
      averagePerRunMicros: runs === 0 ? null : averageUp(totalMicros, runs),
      groups: groups
        .map((row) => ({
          key: row.key,
          micros: countedMicros(row, input.countImputed),
          tokens: row.tokens,
          lines: row.lines,
        }))
        .sort((one, other) => other.micros - one.micros || (one.key < other.key ? -1 : 1)),
    })
  },
})

interface Span {
  readonly projectId: string
  readonly fromAt: number
  readonly toAt: number
}

function averageUp(micros: number, count: number): number {
  return Number((BigInt(micros) + BigInt(count) - 1n) / BigInt(count))
}

async function countRuns(queries: StorageQueries, { projectId, fromAt, toAt }: Span): Promise<number> {
  const byStatus = await queries.counts({
    kind: 'run',
    projectId,
    groupBy: 'status',
    filters: [
      { field: 'startedAt', op: 'gte', value: fromAt },
      { field: 'startedAt', op: 'lt', value: toAt },
    ],
  })
  return Object.values(byStatus).reduce((sum, count) => sum + count, 0)
}

const FIELDS = { agent: 'agentId', task: 'taskId', model: 'model', hour: 'hour' } as const

async function groupsOf(queries: StorageQueries, span: Span, group: CostGroup): Promise<readonly SpendRow[]> {
  if (group !== 'type') return queries.spend({ ...span, groupBy: FIELDS[group] })
  return byType(queries, span.projectId, await queries.spend({ ...span, groupBy: 'taskId' }))
}
