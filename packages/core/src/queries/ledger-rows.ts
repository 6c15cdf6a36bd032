import type { Balance } from '../model/ledger.ts'
import type { Kind, RecordOf } from '../model/records.ts'
import { type Filter, type FilterValue, PAGE_ROWS_MAX, type StorageQueries } from '../ports/storage.ts'

/** Every row of a kind in a project, or those that meet the filters; newest first. */
export async function* rowsOf<K extends Kind>(
  queries: StorageQueries,
  kind: K,
  projectId: string,
  filters: readonly Filter[] = [],
): AsyncGenerator<RecordOf<K>> {
  let after: readonly FilterValue[] | null = null
  do {
    const page: { rows: readonly RecordOf<K>[]; next: readonly FilterValue[] | null } = await queries.page({
      kind,
      projectId,
      filters,
      limit: PAGE_ROWS_MAX,
      ...(after === null ? {} : { after }),
    })
    yield* page.rows
    after = page.next
  } while (after !== null)
}

/** What stands on every account of a project. */
export async function allBalances(queries: StorageQueries, projectId: string): Promise<ReadonlyMap<string, Balance>> {
  const all = new Map<string, Balance>()
  let after: string | undefined
  do {
    const rows = await queries.balances({ projectId, limit: PAGE_ROWS_MAX, ...(after === undefined ? {} : { after }) })
    for (const { account, balance } of rows) all.set(account, balance)
    after = rows.length === PAGE_ROWS_MAX ? rows.at(-1)?.account : undefined
  } while (after !== undefined)
  return all
}
