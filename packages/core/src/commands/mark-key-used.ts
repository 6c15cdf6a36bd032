import { z } from 'zod'
import { accept, globalCommand, refuse } from '../decide/command.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { isLive, isUseNews } from '../rules/keys.ts'

/**
 * Notes that a key has opened the door, before it does: a key in use is never replaced as one that nobody has. The host
 * calls it, and only when there is something to note. No event: like a heartbeat it says that somebody is there.
 */
export const markKeyUsed = globalCommand({
  name: 'system.markKeyUsed',
  summary: 'Notes that a key has been used.',
  input: z.strictObject({ credentialId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ credentialId }) => ({ records: [{ kind: 'credential', id: credentialId }] }),
  decide({ snapshot, changes, now }, { credentialId }) {
    const credential = snapshot.get('credential', credentialId)
    if (credential === null || !isLive(credential, now)) {
      return refuse(refusal('UNAUTHENTICATED', 'this key is unknown, expired or revoked'))
    }
    if (isUseNews(credential, now)) changes.update('credential', credential, { lastUsedAt: now })
    return accept({ credentialId })
  },
})
