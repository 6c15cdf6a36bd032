import { type LoadedSnapshot, lookupKey, refKey } from '../decide/snapshot.ts'
import type { LookupRequest, Ref, Scope } from '../ports/storage.ts'

/** Each thing once. Of a lookup that two parts of a decision ask for, the longer list serves both. */
export function deduplicated({ records = [], lookups = [], accounts = [], ...rest }: Scope): Scope {
  const refs = new Map<string, Ref>()
  for (const ref of records) refs.set(refKey(ref.kind, ref.id), ref)
  const requests = new Map<string, LookupRequest>()
  for (const request of lookups) {
    const key = lookupKey(request.lookup, request.values)
    if (request.limit > (requests.get(key)?.limit ?? 0)) requests.set(key, request)
  }
  return { ...rest, records: [...refs.values()], lookups: [...requests.values()], accounts: [...new Set(accounts)] }
}

export function covers(seen: LoadedSnapshot, scope: Scope): boolean {
  return (
    (scope.records ?? []).every((ref) => seen.has(ref.kind, ref.id)) &&
    (scope.lookups ?? []).every((request) => seen.hasLookup(request.lookup, request.values)) &&
    (scope.accounts ?? []).every((account) => seen.hasAccountId(account))
  )
}
