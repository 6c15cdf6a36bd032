import type { Deciding } from '../decide/command.ts'
import type { Ceiling, Credential } from '../model/principal.ts'
import { formatToken, secretHash } from '../rules/keys.ts'

export interface KeyFacts {
  readonly principalId: string
  /** Whom it belongs to, for the log. */
  readonly label: string
  readonly kind?: Credential['kind']
  readonly scopes?: readonly string[]
  readonly expiresAt?: number | null
  readonly replacesId?: string | null
  readonly ceiling?: Ceiling | null
  readonly enrollmentId?: string | null
  readonly openedById?: string | null
}

/** A key, shown once. */
export interface IssuedKey {
  readonly credentialId: string
  readonly keyId: string
  readonly key: string
  readonly expiresAt: number | null
}

/** Writes a new credential and gives the key that opens it. The key is never stored; it is shown by this answer only. */
export function issueKey(deciding: Deciding, facts: KeyFacts): { credential: Credential; key: string } {
  const { changes } = deciding
  const secret = deciding.secret()
  const id = deciding.nextId('credential')
  const keyId = id.slice(id.indexOf('_') + 1)
  const credential = changes.insert(
    'credential',
    {
      projectId: null,
      principalId: facts.principalId,
      kind: facts.kind ?? 'API_KEY',
      keyId,
      secretHash: secretHash(secret),
      scopes: [...(facts.scopes ?? [])],
      status: 'ACTIVE',
      expiresAt: facts.expiresAt ?? null,
      replacesId: facts.replacesId ?? null,
      // Whoever opens a session uses it; a key may lie unused.
      lastUsedAt: facts.kind === 'SESSION' ? deciding.now : null,
      enrollmentId: facts.enrollmentId ?? null,
      openedById: facts.openedById ?? null,
      ceiling: facts.ceiling ?? null,
    },
    id,
  )
  changes.event('KEY_ISSUED', {
    subject: `credential/${credential.id}`,
    summary: `${facts.kind === 'SESSION' ? 'Session opened for' : 'Key issued to'} ${facts.label}`,
    data: { keyId, kind: credential.kind, expiresAt: credential.expiresAt },
  })
  return { credential, key: formatToken(keyId, secret) }
}
