import { z } from 'zod'
import { accept, globalCommand, refuse } from '../decide/command.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import { hasPermission } from '../rules/permissions.ts'

/** Ends a key at once. Anybody may end their own. Ending an ended one changes nothing. */
export const revokeKey = globalCommand({
  name: 'keys.revoke',
  summary: 'Ends a key at once.',
  input: z.strictObject({ credentialId: refSchema, reason: reasonSchema.optional() }),
  permission: null,
  whenContained: 'allowed',
  scope: ({ credentialId }) => ({ records: [{ kind: 'credential', id: credentialId }] }),
  decide(deciding, { credentialId, reason }) {
    const { snapshot, principal, agent, changes } = deciding
    const credential = snapshot.get('credential', credentialId)
    const mayAdmin = principal === null || hasPermission(principal, agent, 'keys.admin')
    if (credential === null || (credential.principalId !== principal?.id && !mayAdmin)) {
      return refuse(refusal('NOT_FOUND', `no such key: ${credentialId}`))
    }
    const answer = { credentialId, keyId: credential.keyId, status: 'REVOKED' as const }
    if (credential.status === 'REVOKED') return accept(answer)
    changes.update('credential', credential, { status: 'REVOKED' })
    changes.event('KEY_REVOKED', {
      subject: `credential/${credential.id}`,
      summary: `Key ${credential.keyId} is revoked`,
      reason: reason ?? null,
    })
    return accept(answer)
  },
})
