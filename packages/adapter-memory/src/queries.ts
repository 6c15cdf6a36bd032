import {
  type AnyRecord,
  type Balance,
  type Clock,
  type FilterValue,
  invariant,
  type Kind,
  PAGE_ROWS_MAX,
  type PageRequest,
  type RecordOf,
  type RecordPage,
  type StorageQueries,
} from '@mission-control/core/storage'
import { pathOf, valueAt } from './field-path.ts'
import { type Fits, fitsAll } from './filters.ts'
import { boundedRows } from './limits.ts'
import type { MemoryState } from './memory-state.ts'
import { compareText, compareValues } from './ordering.ts'
import { searchHits } from './search.ts'
import { spendRows } from './spend.ts'

/** Pages for people. They look at every record of the kind, which is fine for what fits in memory. */
export function memoryQueries(opened: () => MemoryState, clock: Clock): StorageQueries {
  return {
    now: async () => {
      opened()
      return clock.now()
    },
    page: async (request) => pageOf(opened(), request),
    counts: async ({ kind, projectId, groupBy, filters = [] }) =>
      countsOf(matching(opened(), kind, projectId, fitsAll(filters)), groupBy),
    timeline: async (request) => opened().log.timeline(request),
    search: async (request) => searchHits(opened(), request),
    chain: async (request) => opened().log.chain(request),
    chainHead: async (projectId) => opened().log.head(projectId),
    spend: async (request) => spendRows(opened(), request),
    balances: async (request) => balancesOf(opened(), request),
  }
}

function* matching(state: MemoryState, kind: Kind, projectId: string | undefined, fits: Fits): Iterable<AnyRecord> {
  for (const record of state.tables[kind].all()) {
    if ((projectId === undefined || record.projectId === projectId) && fits(record)) yield record
  }
}

interface SortedRow {
  readonly record: AnyRecord
  readonly place: readonly FilterValue[]
}

function pageOf<K extends Kind>(state: MemoryState, request: PageRequest<K>): RecordPage<K> {
  const limit = boundedRows(request.limit, PAGE_ROWS_MAX)
  const order = request.order ?? []
  const last = order.at(-1)?.direction ?? 'desc'
  const columns = [...order, { field: 'createdAt', direction: last }, { field: 'id', direction: last }].map(
    ({ field, direction }) => ({ path: pathOf(field), sign: direction === 'asc' ? 1 : -1 }),
  )
  const compare = (one: readonly FilterValue[], other: readonly FilterValue[]): number => {
    for (const [at, { sign }] of columns.entries()) {
      const difference = compareValues(one[at] ?? null, other[at] ?? null)
      if (difference !== 0) return sign * difference
    }
    return 0
  }

  const { after } = request
  invariant(after === undefined || after.length === columns.length, 'a page goes on after a row of the same order')
  const rows: SortedRow[] = []
  for (const record of matching(state, request.kind, request.projectId, fitsAll(request.filters ?? []))) {
    const place = columns.map(({ path }) => valueAt(record, path) as FilterValue)
    if (after === undefined || compare(place, after) > 0) rows.push({ record, place })
  }
  rows.sort((one, other) => compare(one.place, other.place))
  return {
    rows: rows.slice(0, limit).map(({ record }) => record as RecordOf<K>),
    next: rows.length > limit ? (rows[limit - 1]?.place ?? null) : null,
  }
}

function countsOf(records: Iterable<AnyRecord>, groupBy: string): Readonly<Record<string, number>> {
  const path = pathOf(groupBy)
  const counts = new Map<string, number>()
  for (const record of records) {
    const key = String(valueAt(record, path) ?? '')
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return Object.fromEntries(counts)
}

function balancesOf(
  state: MemoryState,
  request: Parameters<StorageQueries['balances']>[0],
): { account: string; balance: Balance }[] {
  const { projectId, prefix = '', after } = request
  const limit = boundedRows(request.limit, PAGE_ROWS_MAX)
  return [...state.accounts]
    .filter(([account]) => account.startsWith(`${projectId}/`) && account.startsWith(prefix))
    .filter(([account]) => after === undefined || compareText(account, after) > 0)
    .sort(([one], [other]) => compareText(one, other))
    .slice(0, limit)
    .map(([account, balance]) => ({ account, balance }))
}
