import type { Storage } from '@mission-control/core/storage'

/** What a case is given: an empty store of the adapter under test. */
export interface StorageHarness {
  readonly storage: Storage
  /** Moves the store's clock on, as if that much time had passed. */
  advance(ms: number): Promise<void>
  /** Another connection to the same store, as another host would have it. Leave it out where there is no such thing. */
  second?(): Promise<Storage>
  /** Closes every connection and drops the store. Called once, also when the case failed or closed the storage itself. */
  close(): Promise<void>
}

/** One promise of the storage port, and how to see whether an adapter keeps it. */
export interface ConformanceCase {
  /** `<topic>:<what>`, stable, to name a case in a report. */
  readonly id: `${string}:${string}`
  /** What the adapter does when it conforms, as a sentence without a subject. */
  readonly behaviour: string
  /** Rejects when the adapter does otherwise. */
  run(harness: StorageHarness): Promise<void>
}

/** Two ways into the store; the same one twice where the harness has no second. */
export async function twoConnections(harness: StorageHarness): Promise<readonly [Storage, Storage]> {
  return [harness.storage, (await harness.second?.()) ?? harness.storage]
}
