import type { LogHead } from '../model/seal.ts'
import type { Storage } from '../ports/storage.ts'
import { StoreAudit, type StoreVerified } from '../rules/audit/store-audit.ts'

/** What is needed of a store to verify it. */
export interface VerifiableStore {
  readonly snapshot: Storage['snapshot']
  readonly queries: Pick<Storage['queries'], 'chain'>
}

/**
 * Checks a store against every invariant that can be read from it, all at one moment, while others write on. What it
 * keeps of the rows is their ids and states, not their texts.
 */
export async function verifyStore(
  storage: VerifiableStore,
  options: { readonly attested?: readonly LogHead[]; readonly onRows?: (rows: number) => void } = {},
): Promise<StoreVerified> {
  const audit = new StoreAudit(options.attested)
  let rows = 0
  await storage.snapshot(async (piece) => {
    for (const row of piece) audit.take(row)
    rows += piece.length
    options.onRows?.(rows)
  })
  // A snapshot is made of events. A number whose event is gone from the end of a log is only among the seals.
  for (const { projectId, seq } of audit.heads) {
    const [next] = await storage.queries.chain({ projectId, afterSeq: seq, limit: 1 })
    if (next !== undefined && next.event === null) audit.foundSealWithoutEvent(projectId, seq + 1)
  }
  return audit.end()
}
