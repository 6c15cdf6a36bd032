import { z } from 'zod'
import { accept, globalCommand } from '../decide/command.ts'
import { refSchema } from '../model/ids.ts'
import { type TelegramLink, telegramUserIdSchema } from '../model/telegram.ts'

/** How long a host that took an update may be silent before another one handles it. */
const HELD_MS = 30_000
/** After a week without updates Telegram counts on from anywhere. */
const RECOUNT_MS = 6.5 * 86_400_000

const input = z.strictObject({
  telegramUserId: telegramUserIdSchema,
  updateId: z.int().nonnegative(),
  /** The host that handles it. */
  owner: refSchema,
})

/** Whether the caller is the one to handle the update, and whether anybody still has to. */
export interface TelegramUpdateTaken {
  readonly taken: boolean
  readonly isDone: boolean
}

/** Takes an update of a paired user. Of many hosts one receives it, and nobody does once it was handled. */
export const takeTelegramUpdate = globalCommand({
  name: 'telegram.takeUpdate',
  summary: 'Takes an update of a paired Telegram user, if nobody has it and nobody has handled it.',
  input,
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  forBridge: true,
  scope: ({ telegramUserId }) => ({ lookups: [{ lookup: 'telegramLinkByUser', values: [telegramUserId], limit: 1 }] }),
  decide({ snapshot, changes, now }, { telegramUserId, updateId, owner }) {
    const link = snapshot.find('telegramLinkByUser', telegramUserId)[0]
    if (link === undefined) return accept<TelegramUpdateTaken>({ taken: false, isDone: false })
    if (isHandled(link, updateId, now)) return accept<TelegramUpdateTaken>({ taken: false, isDone: true })
    if (link.heldUntil > now && link.heldBy !== owner)
      return accept<TelegramUpdateTaken>({ taken: false, isDone: false })
    changes.update('telegramLink', link, { heldUpdateId: updateId, heldBy: owner, heldUntil: now + HELD_MS })
    return accept<TelegramUpdateTaken>({ taken: true, isDone: false })
  },
})

function isHandled(link: TelegramLink, updateId: number, now: number): boolean {
  const isRecounted = now - link.updatedAt >= RECOUNT_MS
  return isRecounted ? updateId === link.lastUpdateId : updateId <= link.lastUpdateId
}

/** Says that an update was handled. Whoever lost it meanwhile changes nothing. */
export const finishTelegramUpdate = globalCommand({
  name: 'telegram.finishUpdate',
  summary: 'Says that an update of a Telegram user was handled.',
  input,
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  forBridge: true,
  scope: ({ telegramUserId }) => ({ lookups: [{ lookup: 'telegramLinkByUser', values: [telegramUserId], limit: 1 }] }),
  decide({ snapshot, changes }, { telegramUserId, updateId, owner }) {
    const link = snapshot.find('telegramLinkByUser', telegramUserId)[0]
    if (link === undefined || link.heldBy !== owner || link.heldUpdateId !== updateId)
      return accept({ finished: false })
    changes.update('telegramLink', link, { lastUpdateId: updateId, heldUpdateId: null, heldBy: null, heldUntil: 0 })
    return accept({ finished: true })
  },
})
