import type { Deciding } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Credential } from '../model/principal.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Scope } from '../ports/storage.ts'
import { hasPermission } from '../rules/permissions.ts'

/** A key, and whose it is. */
export function credentialScope(credentialId: string, seen: Snapshot | null): Scope {
  const credential = seen?.has('credential', credentialId) === true ? seen.peek('credential', credentialId) : null
  return {
    records: [
      { kind: 'credential', id: credentialId },
      ...(credential === null ? [] : [{ kind: 'principal' as const, id: credential.principalId }]),
    ],
  }
}

/**
 * The key, if the caller may change it: its owner, or an ADMIN whose projects take in all that the key reaches. A new
 * key in place of one that reaches further would be a way up.
 */
export function ownCredential(
  deciding: Deciding,
  credentialId: string,
):
  | { readonly credential: Credential; readonly problem: null }
  | { readonly credential: null; readonly problem: Refusal } {
  const { snapshot, principal, agent } = deciding
  const credential = snapshot.get('credential', credentialId)
  const isOwn = credential !== null && credential.principalId === principal?.id
  const mayAdmin = principal === null || hasPermission(principal, agent, 'keys.admin')
  if (credential === null || (!isOwn && !mayAdmin)) {
    return { credential: null, problem: refusal('NOT_FOUND', `no such key: ${credentialId}`) }
  }
  const reach = principal?.projectIds ?? 'ALL'
  const holder = snapshot.get('principal', credential.principalId)
  const isWithin =
    isOwn ||
    reach === 'ALL' ||
    (holder !== null && holder.projectIds !== 'ALL' && holder.projectIds.every((id) => reach.includes(id)))
  if (!isWithin) return { credential: null, problem: refusal('FORBIDDEN', 'this key reaches beyond your projects') }
  return { credential, problem: null }
}
