import type { ConformanceCase } from './case.ts'
import { commitCases } from './commit.ts'
import { connectionCases } from './connection.ts'
import { eventCases } from './events.ts'
import { ledgerCases } from './ledger.ts'
import { loadCases } from './load.ts'
import { lookupCases } from './lookups.ts'
import { queryCases } from './queries.ts'
import { raceCases } from './races.ts'
import { receiptCases } from './receipts.ts'
import { sealCases } from './seals.ts'
import { searchCases } from './search.ts'
import { snapshotCases } from './snapshots.ts'
import { textCases } from './text.ts'
import { togetherCases } from './together.ts'

/**
 * Everything the storage port promises, one case per promise. An adapter conforms when every case passes
 * on an empty store of its own:
 *
 * ```ts
 * for (const { id, behaviour, run } of storageConformance) {
 *   test(`${id}: ${behaviour}`, async () => {
 *     const harness = await openHarness()
 *     try {
 *       await run(harness)
 *     } finally {
 *       await harness.close()
 *     }
 *   })
 * }
 * ```
 */
export const storageConformance: readonly ConformanceCase[] = [
  ...commitCases,
  ...loadCases,
  ...lookupCases,
  ...ledgerCases,
  ...receiptCases,
  ...eventCases,
  ...sealCases,
  ...queryCases,
  ...searchCases,
  ...raceCases,
  ...togetherCases,
  ...textCases,
  ...snapshotCases,
  ...connectionCases,
]
