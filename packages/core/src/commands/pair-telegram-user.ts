import { z } from 'zod'
import { accept, type Deciding, globalCommand, joinScopes, refuse } from '../decide/command.ts'
import type { Principal } from '../model/principal.ts'
import { refusal } from '../model/refusal.ts'
import { type TelegramLink, telegramUserIdSchema } from '../model/telegram.ts'
import { storedText } from '../model/text.ts'
import { pairingHash } from '../rules/pairing.ts'
import { hasPermission } from '../rules/permissions.ts'

const CODE_CHARS_MAX = 64

/** A Telegram user and who that is from now on. */
export interface TelegramPaired {
  readonly link: TelegramLink
  readonly displayName: string
}

/** Links the Telegram user who sent a code to the person the code was made for. A code works once. */
export const pairTelegramUser = globalCommand({
  name: 'telegram.pair',
  summary: 'Links the Telegram user who sent a one-time code to the person it was made for.',
  input: z.strictObject({
    code: storedText.min(1).max(CODE_CHARS_MAX),
    telegramUserId: telegramUserIdSchema,
    updateId: z.int().nonnegative(),
  }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  forBridge: true,
  scope: ({ code, telegramUserId }, _caller, seen) => {
    const codeHash = pairingHash(code)
    const lookups = [
      { lookup: 'telegramCodeByHash' as const, values: [codeHash], limit: 1 },
      { lookup: 'telegramLinkByUser' as const, values: [telegramUserId], limit: 1 },
    ]
    const found =
      seen?.hasLookup('telegramCodeByHash', [codeHash]) === true ? seen.find('telegramCodeByHash', codeHash) : []
    return joinScopes(
      { lookups },
      { records: found.map(({ principalId }) => ({ kind: 'principal', id: principalId })) },
    )
  },
  decide(deciding, { code, telegramUserId, updateId }) {
    const { snapshot, changes, now } = deciding
    const issued = snapshot.find('telegramCodeByHash', pairingHash(code))[0]
    if (issued === undefined || issued.usedAt !== null || issued.expiresAt <= now) {
      return refuse(refusal('UNAUTHENTICATED', 'this code is unknown, used or expired'))
    }
    const principal = snapshot.get('principal', issued.principalId)
    if (principal === null || principal.status !== 'ACTIVE') {
      return refuse(refusal('UNAUTHENTICATED', 'this code is unknown, used or expired'))
    }
    changes.update('telegramCode', issued, { usedAt: now })
    const link = writeLink(deciding, principal, telegramUserId, updateId)
    changes.event('SETTINGS_CHANGED', {
      subject: `telegramLink/${link.id}`,
      summary: `Telegram user ${telegramUserId} is ${principal.displayName}`,
      data: { telegramUserId, principalId: principal.id },
    })
    return accept<TelegramPaired>({ link, displayName: principal.displayName })
  },
})

function writeLink(
  { snapshot, changes, now }: Deciding,
  principal: Principal,
  telegramUserId: string,
  updateId: number,
): TelegramLink {
  const known = snapshot.find('telegramLinkByUser', telegramUserId)[0]
  const fields = {
    principalId: principal.id,
    currentProjectId:
      principal.projectIds !== 'ALL' && principal.projectIds.length === 1 ? (principal.projectIds[0] ?? null) : null,
    pairedAt: now,
  }
  if (known !== undefined) return changes.update('telegramLink', known, fields)
  const held = { heldUpdateId: null, heldBy: null, heldUntil: 0 }
  return changes.insert('telegramLink', { projectId: null, telegramUserId, ...fields, lastUpdateId: updateId, ...held })
}

/** Ends a pairing: one's own, or anybody's by whoever may create people. */
export const unpairTelegramUser = globalCommand({
  name: 'telegram.unpair',
  summary: 'Ends the pairing of a Telegram user.',
  input: z.strictObject({ telegramUserId: telegramUserIdSchema }),
  permission: null,
  whenContained: 'refused',
  scope: ({ telegramUserId }) => ({ lookups: [{ lookup: 'telegramLinkByUser', values: [telegramUserId], limit: 1 }] }),
  decide({ principal, snapshot, changes }, { telegramUserId }) {
    const link = snapshot.find('telegramLinkByUser', telegramUserId)[0]
    const isOwn = link !== undefined && link.principalId === principal?.id
    if (principal !== null && !isOwn && !hasPermission(principal, null, 'principals.admin')) {
      return refuse(refusal('FORBIDDEN', `${principal.displayName} lacks principals.admin`))
    }
    if (link === undefined || link.principalId === '')
      return refuse(refusal('NOT_FOUND', `no pairing of ${telegramUserId}`))
    const unpaired = changes.update('telegramLink', link, { principalId: '', currentProjectId: null })
    changes.event('SETTINGS_CHANGED', {
      subject: `telegramLink/${link.id}`,
      summary: `Telegram user ${telegramUserId} is nobody any more`,
      data: { telegramUserId, principalId: null },
    })
    return accept(unpaired)
  },
})
