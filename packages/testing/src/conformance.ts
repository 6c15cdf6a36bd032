// What an adapter for storage has to do, as data: run every case with any test runner, each on an empty store.
export type { ConformanceCase, StorageHarness } from './conformance/case.ts'
export { storageConformance } from './conformance/storage-conformance.ts'
