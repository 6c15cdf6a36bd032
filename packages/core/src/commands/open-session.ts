import { z } from 'zod'
import { accept, globalCommand, refuse } from '../decide/command.ts'
import { type IssuedKey, issueKey } from '../effects/issue-key.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { SESSION_MS } from '../rules/keys.ts'

/**
 * Opens a session for a person who has shown a key of theirs. It has the rights of the person and lasts no longer than
 * the key. Only host code can call it, as that person: what it answers belongs into a cookie and nowhere else.
 */
export const openSession = globalCommand({
  name: 'system.openSession',
  summary: 'Opens a session for the person whose key was shown.',
  input: z.strictObject({ credentialId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  forReceipt: (data: IssuedKey) => ({ ...data, key: '' }),
  scope: ({ credentialId }) => ({ records: [{ kind: 'credential', id: credentialId }] }),
  decide(deciding, { credentialId }) {
    const { now, principal, snapshot } = deciding
    if (principal?.kind !== 'HUMAN') return refuse(refusal('FORBIDDEN', 'sessions are for people'))
    const opener = snapshot.get('credential', credentialId)
    if (opener === null || opener.principalId !== principal.id) {
      return refuse(refusal('UNAUTHENTICATED', 'this key is unknown, expired or revoked'))
    }
    // A key with less than its owner's rights would become one with all of them; a session would never end.
    if (opener.kind !== 'API_KEY' || opener.scopes.length > 0) {
      return refuse(refusal('FORBIDDEN', 'a session is opened with a full key of its owner'))
    }
    const { credential, key } = issueKey(deciding, {
      principalId: principal.id,
      label: principal.displayName,
      kind: 'SESSION',
      openedById: opener.id,
      expiresAt: Math.min(now + SESSION_MS, opener.expiresAt ?? Number.MAX_SAFE_INTEGER),
    })
    return accept<IssuedKey>({
      credentialId: credential.id,
      keyId: credential.keyId,
      key,
      expiresAt: credential.expiresAt,
    })
  },
})
