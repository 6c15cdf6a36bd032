import type { Kind, RecordOf } from '../../model/records.ts'
import {
  type Filter,
  type FilterValue,
  PAGE_ROWS_MAX,
  type PageRequest,
  type StorageQueries,
} from '../../ports/storage.ts'
import type { Some } from '../../rules/reports/standup.ts'

/** Most rows of one kind that a report looks at. */
const REPORT_ROWS_MAX = 5_000

/** Every record of a project that fits, up to the bound of a report. */
export async function readAll<K extends Kind>(
  queries: StorageQueries,
  request: Omit<PageRequest<K>, 'after' | 'limit'>,
): Promise<RecordOf<K>[]> {
  const rows: RecordOf<K>[] = []
  let after: readonly FilterValue[] | null = null
  do {
    const page: { rows: readonly RecordOf<K>[]; next: readonly FilterValue[] | null } = await queries.page({
      ...request,
      limit: PAGE_ROWS_MAX,
      ...(after === null ? {} : { after }),
    })
    rows.push(...page.rows)
    after = page.next
  } while (after !== null && rows.length < REPORT_ROWS_MAX)
  return rows
}

/** The first few that fit, and how many there are. */
export async function readSome<K extends Kind, T>(
  queries: StorageQueries,
  request: {
    readonly kind: K
    readonly projectId: string
    readonly filters: readonly Filter[]
    readonly order?: NonNullable<PageRequest<K>['order']>
  },
  limit: number,
  line: (record: RecordOf<K>) => T,
): Promise<Some<T>> {
  const { kind, projectId, filters } = request
  const [page, counts] = await Promise.all([
    queries.page({ ...request, limit }),
    queries.counts({ kind, projectId, groupBy: 'projectId', filters }),
  ])
  return { count: counts[projectId] ?? 0, first: page.rows.map(line) }
}
