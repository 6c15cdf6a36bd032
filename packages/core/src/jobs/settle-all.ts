import type { Kind, RecordOf } from '../model/records.ts'
import type { Outcome } from '../model/refusal.ts'
import type { Filter } from '../ports/storage.ts'
import type { JobContext } from './periodic.ts'

const PAGE_ROWS = 200

/** Looks at every row that fits; what is over is settled by its command, and the page after it is read from where this one ends. */
export async function settleAll<K extends Kind>(
  { storage, logger }: JobContext,
  kind: K,
  projectId: string,
  filters: readonly Filter[],
  command: (row: RecordOf<K>) => Promise<Outcome<unknown>>,
): Promise<number> {
  const request = { kind, projectId, filters, limit: PAGE_ROWS }
  let settled = 0
  let page = await storage.queries.page(request)
  for (;;) {
    for (const row of page.rows) {
      const outcome = await command(row)
      if (outcome.ok) settled++
      else logger.warn('a job was refused', { kind, id: row.id, code: outcome.error.code })
    }
    if (page.next === null) return settled
    page = await storage.queries.page({ ...request, after: page.next })
  }
}
