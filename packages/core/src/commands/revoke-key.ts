import { z } from 'zod'
import { accept, globalCommand, refuse } from '../decide/command.ts'
import { credentialScope, ownCredential } from '../effects/credential-reach.ts'
import { refSchema } from '../model/ids.ts'
import { reasonSchema } from '../model/text.ts'

/** Ends a key at once. Anybody may end their own. Ending an ended one changes nothing. */
export const revokeKey = globalCommand({
  name: 'keys.revoke',
  summary: 'Ends a key at once.',
  input: z.strictObject({ credentialId: refSchema, reason: reasonSchema.optional() }),
  permission: null,
  whenContained: 'allowed',
  scope: ({ credentialId }, _caller, seen) => credentialScope(credentialId, seen),
  decide(deciding, { credentialId, reason }) {
    const { changes } = deciding
    const { credential, problem } = ownCredential(deciding, credentialId)
    if (problem !== null) return refuse(problem)
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
