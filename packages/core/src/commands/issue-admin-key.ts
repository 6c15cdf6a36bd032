import { z } from 'zod'
import { accept, globalCommand, refuse } from '../decide/command.ts'
import { type IssuedKey, issueKey } from '../effects/issue-key.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'

/** A new key for an ADMIN who lost theirs; only host code can call it. */
export const issueAdminKey = globalCommand({
  name: 'system.issueAdminKey',
  summary: 'Issues a new key to an existing ADMIN.',
  input: z.strictObject({ principalId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  forReceipt: (data: IssuedKey) => ({ ...data, key: '' }),
  scope: ({ principalId }) => ({ records: [{ kind: 'principal', id: principalId }] }),
  decide(deciding, { principalId }) {
    const principal = deciding.snapshot.get('principal', principalId)
    if (principal === null || principal.role !== 'ADMIN' || principal.status !== 'ACTIVE') {
      return refuse(refusal('NOT_FOUND', `no active ADMIN ${principalId}`))
    }
    const { credential, key } = issueKey(deciding, { principalId, label: principal.displayName })
    return accept<IssuedKey>({ credentialId: credential.id, keyId: credential.keyId, key, expiresAt: null })
  },
})
