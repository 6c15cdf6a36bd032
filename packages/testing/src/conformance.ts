// What an adapter for storage and what a transport has to do, as data: run every case with any test runner. A case of
// storage needs an empty store; cases of the contract may share one.
export type { ConformanceCase, StorageHarness } from './conformance/case.ts'
export { storageConformance } from './conformance/storage-conformance.ts'
export { clientContract } from './contract/client-contract.ts'
export type { ContractCase, ContractHarness } from './contract/contract-case.ts'
