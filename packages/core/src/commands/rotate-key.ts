import { z } from 'zod'
import { accept, globalCommand, refuse } from '../decide/command.ts'
import { credentialScope, ownCredential } from '../effects/credential-reach.ts'
import { type IssuedKey, issueKey } from '../effects/issue-key.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { isLive } from '../rules/keys.ts'

const OVERLAP_MS_DEFAULT = 24 * 60 * 60_000

/** Replaces a key: the new one works at once, the old one until the overlap ends. Anybody may rotate their own. */
export const rotateKey = globalCommand({
  name: 'keys.rotate',
  summary: 'Replaces a key; the old one works until the overlap ends.',
  input: z.strictObject({
    credentialId: refSchema,
    overlapMs: z
      .int()
      .min(0)
      .max(7 * OVERLAP_MS_DEFAULT)
      .default(OVERLAP_MS_DEFAULT),
  }),
  permission: null,
  whenContained: 'refused',
  forReceipt: (data: IssuedKey) => ({ ...data, key: '' }),
  scope: ({ credentialId }, _caller, seen) => credentialScope(credentialId, seen),
  decide(deciding, { credentialId, overlapMs }) {
    const { principal, now, changes } = deciding
    const { credential: old, problem } = ownCredential(deciding, credentialId)
    if (problem !== null) return refuse(problem)
    if (old.kind === 'SESSION')
      return refuse(refusal('FORBIDDEN', 'a session is not renewed: its owner signs in again'))
    if (old.status !== 'ACTIVE' || !isLive(old, now))
      return refuse(refusal('ALREADY_DECIDED', 'this key is already retired', { status: old.status }))
    const lifeMs = old.expiresAt === null ? null : old.expiresAt - old.createdAt
    const { credential, key } = issueKey(deciding, {
      principalId: old.principalId,
      label: principal?.displayName ?? old.principalId,
      // A limited key is replaced by one with the same limits.
      kind: old.kind,
      ceiling: old.ceiling,
      scopes: old.scopes,
      replacesId: old.id,
      expiresAt: lifeMs === null ? null : now + lifeMs,
    })
    const endsAt = Math.min(now + overlapMs, old.expiresAt ?? Number.MAX_SAFE_INTEGER)
    changes.update('credential', old, { status: 'RETIRING', expiresAt: endsAt })
    changes.event('KEY_ROTATED', {
      subject: `credential/${old.id}`,
      summary: `Key ${old.keyId} is replaced`,
      data: { by: credential.keyId, endsAt },
    })
    return accept<IssuedKey>({
      credentialId: credential.id,
      keyId: credential.keyId,
      key,
      expiresAt: credential.expiresAt,
    })
  },
})
