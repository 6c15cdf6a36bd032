import { z } from 'zod'
import { inProject } from '../commands/inputs.ts'
import { ERROR_TYPES } from '../model/monitoring.ts'
import { nameSchema } from '../model/text.ts'
import type { Filter, FilterValue } from '../ports/storage.ts'
import { PAGE_ROWS_MAX } from '../ports/storage.ts'
import { localDate } from '../rules/windows.ts'
import { pageInput, readPage } from './page.ts'
import { found, projectQuery } from './query.ts'

const DAY_MS = 86_400_000
const DAYS_MAX = 90

/** How long an operation took, over some days. */
export interface OperationPerformance {
  readonly operation: string
  readonly count: number
  readonly failures: number
  readonly avgMs: number
  readonly minMs: number
  readonly maxMs: number
}

/** How long operations took: count, average, least and most per operation, by name. */
export const performance = projectQuery({
  name: 'monitoring.performance',
  summary: 'Gives count, average, minimum and maximum duration per operation over the last days.',
  input: z.strictObject({
    ...inProject,
    operation: nameSchema(100).optional(),
    /** Today counts as one. */
    days: z.int().min(1).max(DAYS_MAX).default(1),
  }),
  permission: 'read',
  async read({ queries, project, now }, { operation, days }) {
    const from = localDate(now - (days - 1) * DAY_MS, project.timeZone)
    const filters: Filter[] = [
      { field: 'day', op: 'gte', value: from },
      ...(operation === undefined ? [] : [{ field: 'operation', op: 'eq', value: operation } as const]),
    ]
    const sums = new Map<string, Omit<OperationPerformance, 'avgMs'> & { totalMs: number }>()
    for (let after: readonly FilterValue[] | null = []; after !== null; ) {
      const page: Awaited<ReturnType<typeof queries.page<'performanceStat'>>> = await queries.page({
        kind: 'performanceStat',
        projectId: project.id,
        filters,
        limit: PAGE_ROWS_MAX,
        ...(after.length === 0 ? {} : { after }),
      })
      for (const stat of page.rows) {
        const sum = sums.get(stat.operation)
        sums.set(stat.operation, {
          operation: stat.operation,
          count: (sum?.count ?? 0) + stat.count,
          failures: (sum?.failures ?? 0) + stat.failures,
          totalMs: (sum?.totalMs ?? 0) + stat.totalMs,
          minMs: Math.min(sum?.minMs ?? stat.minMs, stat.minMs),
          maxMs: Math.max(sum?.maxMs ?? stat.maxMs, stat.maxMs),
        })
      }
      after = page.next
    }
    const data = [...sums.values()]
      .toSorted((one, other) => (one.operation < other.operation ? -1 : 1))
      .map(({ totalMs, ...rest }): OperationPerformance => ({ ...rest, avgMs: Math.round(totalMs / rest.count) }))
    return found({ data })
  },
})

/** Faults that were reported, newest first. */
export const listErrors = projectQuery({
  name: 'monitoring.errors',
  summary: 'Lists reported faults, newest first, by type or source.',
  input: z.strictObject({
    ...inProject,
    ...pageInput,
    errorType: z.enum(ERROR_TYPES).optional(),
    source: nameSchema(100).optional(),
  }),
  permission: 'read',
  read: ({ queries, project }, { errorType, source, ...paging }) =>
    readPage(
      queries,
      {
        kind: 'errorReport',
        projectId: project.id,
        filters: [
          ...(errorType === undefined ? [] : [{ field: 'errorType', op: 'eq', value: errorType } as const]),
          ...(source === undefined ? [] : [{ field: 'source', op: 'eq', value: source } as const]),
        ],
      },
      paging,
    ),
})
