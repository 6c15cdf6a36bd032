import { z } from 'zod'
import { accept, globalCommand, refuse } from '../decide/command.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { PAIRING_MS } from '../model/telegram.ts'
import { pairingCode, pairingHash } from '../rules/pairing.ts'
import { hasPermission } from '../rules/permissions.ts'

/** A code, shown once. */
export interface IssuedTelegramCode {
  readonly principalId: string
  readonly code: string
  readonly expiresAt: number
}

/**
 * Makes a one-time code with which a person pairs their Telegram user. OPERATORS and ADMINS make it for themselves; for
 * somebody else, only who may create people.
 */
export const issueTelegramCode = globalCommand({
  name: 'telegram.issueCode',
  summary: 'Makes a one-time code that pairs a Telegram user with a person.',
  input: z.strictObject({ principalId: refSchema.optional() }),
  permission: null,
  whenContained: 'refused',
  forReceipt: (issued: IssuedTelegramCode) => ({ ...issued, code: '' }),
  scope: ({ principalId }, caller) => ({ records: [{ kind: 'principal', id: principalId ?? caller.principalId }] }),
  decide({ principal, snapshot, changes, now, secret }, { principalId }) {
    if (principal?.kind !== 'HUMAN') return refuse(refusal('FORBIDDEN', 'a person makes the code, for a person'))
    const isOwn = principalId === undefined || principalId === principal.id
    const mayPair = hasPermission(principal, null, isOwn ? 'agents.control' : 'principals.admin')
    if (!mayPair)
      return refuse(
        refusal('FORBIDDEN', `${principal.displayName} lacks ${isOwn ? 'agents.control' : 'principals.admin'}`),
      )
    const holder = isOwn ? principal : snapshot.get('principal', principalId)
    if (holder === null || holder.kind !== 'HUMAN' || holder.status !== 'ACTIVE') {
      return refuse(refusal('NOT_FOUND', `no active person ${principalId}`))
    }
    const own = principal.projectIds
    const beyond = own !== 'ALL' && (holder.projectIds === 'ALL' || holder.projectIds.some((id) => !own.includes(id)))
    if (beyond) return refuse(refusal('FORBIDDEN', 'nobody grants projects beyond their own'))
    const code = pairingCode(secret())
    const expiresAt = now + PAIRING_MS
    const issued = changes.insert('telegramCode', {
      projectId: null,
      principalId: holder.id,
      codeHash: pairingHash(code),
      expiresAt,
      usedAt: null,
    })
    changes.event('SETTINGS_CHANGED', {
      subject: `telegramCode/${issued.id}`,
      summary: `Code to pair a Telegram user with ${holder.displayName}`,
      data: { principalId: holder.id, expiresAt },
    })
    return accept<IssuedTelegramCode>({ principalId: holder.id, code, expiresAt })
  },
})
