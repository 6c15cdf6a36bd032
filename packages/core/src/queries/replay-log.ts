import type { RecordOf } from '../model/records.ts'
import { type FilterValue, PAGE_ROWS_MAX, type Storage } from '../ports/storage.ts'
import { REPLAYED_KINDS, type ReplayedKind, ReplayedState, STORED_VIEW, type Told } from '../rules/replay.ts'

/** A row that the log tells otherwise than the tables. Null: not there at all. */
export interface Difference {
  readonly kind: ReplayedKind
  readonly id: string
  readonly told: Told | null
  readonly stored: Told | null
}

export interface Replayed {
  readonly events: number
  readonly rows: number
  readonly differences: readonly Difference[]
}

/**
 * Builds the states of a project's tasks, approvals, runs and agents from the log alone and compares them with the
 * tables. Both are read while others may write, so a difference counts when it is there the second time too.
 */
export async function replayLog(storage: Storage, projectId: string): Promise<Replayed> {
  const state = new ReplayedState()
  let events = 0
  let after: string | null = null
  for (;;) {
    const page = await storage.readEvents({ after, limit: PAGE_ROWS_MAX, projectId })
    for (const event of page.events) state.apply(event)
    events += page.events.length
    after = page.cursor
    if (page.events.length < PAGE_ROWS_MAX) break
  }
  const differences: Difference[] = []
  let rows = 0
  for (const kind of REPLAYED_KINDS) {
    const told = new Map(state.rows[kind])
    for await (const record of recordsOf(storage, kind, projectId)) {
      rows++
      const stored = STORED_VIEW[kind](record as never)
      const logged = told.get(record.id) ?? null
      told.delete(record.id)
      if (!isSame(logged, stored)) differences.push({ kind, id: record.id, told: logged, stored })
    }
    for (const [id, logged] of told) differences.push({ kind, id, told: logged, stored: null })
  }
  return { events, rows, differences }
}

async function* recordsOf<K extends ReplayedKind>(
  storage: Storage,
  kind: K,
  projectId: string,
): AsyncGenerator<RecordOf<K>> {
  let after: readonly FilterValue[] | null = null
  do {
    const page: { rows: readonly RecordOf<K>[]; next: readonly FilterValue[] | null } = await storage.queries.page({
      kind,
      projectId,
      limit: PAGE_ROWS_MAX,
      ...(after === null ? {} : { after }),
    })
    yield* page.rows
    after = page.next
  } while (after !== null)
}

function isSame(one: Told | null, other: Told): boolean {
  return one !== null && Object.entries(other).every(([field, value]) => one[field] === value)
}
