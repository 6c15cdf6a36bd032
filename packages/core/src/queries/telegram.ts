import { z } from 'zod'
import { refSchema } from '../model/ids.ts'
import { type Outcome, refusal } from '../model/refusal.ts'
import {
  TELEGRAM_MESSAGE_KINDS,
  type TelegramLink,
  telegramChatIdSchema,
  telegramUserIdSchema,
} from '../model/telegram.ts'
import type { Filter, StorageQueries } from '../ports/storage.ts'
import { hasPermission, PERMISSIONS, type Permission } from '../rules/permissions.ts'
import { pageInput, readPage } from './page.ts'
import { found, globalQuery } from './query.ts'

/** What is for the bot itself is no business of people. */
export function forBotOnly(): Outcome<never> {
  return { ok: false, error: refusal('FORBIDDEN', 'this is for the bot itself') }
}

/** A pairing, with the person as they are now. */
export interface TelegramPairing {
  readonly link: TelegramLink
  readonly displayName: string
  readonly isActive: boolean
  /** What their own role lets them do. */
  readonly permissions: readonly Permission[]
  /** The store's clock when this was read, epoch ms. */
  readonly readAt: number
}

async function withPerson(queries: StorageQueries, link: TelegramLink, readAt: number): Promise<TelegramPairing> {
  const person = (
    await queries.page({ kind: 'principal', filters: [{ field: 'id', op: 'eq', value: link.principalId }], limit: 1 })
  ).rows[0]
  return {
    link,
    displayName: person?.displayName ?? '',
    isActive: person?.status === 'ACTIVE',
    permissions:
      person === undefined ? [] : PERMISSIONS.filter((permission) => hasPermission(person, null, permission)),
    readAt,
  }
}

/** Which Telegram user is whom. */
export const listTelegramLinks = globalQuery({
  name: 'telegram.links',
  summary: 'Lists pairings of Telegram users with people, by user or person.',
  input: z.strictObject({
    ...pageInput,
    telegramUserId: telegramUserIdSchema.optional(),
    principalId: refSchema.optional(),
  }),
  permission: 'principals.admin',
  async read({ queries, principal, now }, { telegramUserId, principalId, ...paging }) {
    if (principal !== null && principal.projectIds !== 'ALL') {
      const error = refusal('FORBIDDEN', 'this lists the whole installation and needs access to all projects')
      return { ok: false, error }
    }
    const filters: Filter[] = [
      { field: 'principalId', op: principalId === undefined ? 'ne' : 'eq', value: principalId ?? '' },
      ...(telegramUserId === undefined ? [] : [{ field: 'telegramUserId', op: 'eq', value: telegramUserId } as const]),
    ]
    const page = await readPage(queries, { kind: 'telegramLink', filters }, paging)
    if (!page.ok) return page
    const pairings = page.data.data.map((link) => withPerson(queries, link, now))
    return found({ ...page.data, data: await Promise.all(pairings) })
  },
})

/** What messages in chats stand for. */
export const listTelegramMessages = globalQuery({
  name: 'telegram.messages',
  summary: 'Lists what messages in chats stand for, newest first.',
  input: z.strictObject({
    ...pageInput,
    kind: z.enum(TELEGRAM_MESSAGE_KINDS).optional(),
    subject: refSchema.optional(),
    chatId: telegramChatIdSchema.optional(),
    messageId: z.int().positive().optional(),
    topicId: z.int().positive().optional(),
    yesHash: z.string().max(64).optional(),
    noHash: z.string().max(64).optional(),
    isOpen: z.boolean().optional(),
  }),
  permission: 'principals.admin',
  async read({ queries, principal }, { limit, cursor, isOpen, ...fields }) {
    if (principal !== null) return forBotOnly()
    const given = Object.entries(fields).flatMap(([field, value]): Filter[] =>
      value === undefined ? [] : [{ field, op: 'eq', value }],
    )
    const open: Filter[] = isOpen === true ? [{ field: 'closedAt', op: 'eq', value: null }] : []
    return readPage(queries, { kind: 'telegramMessage', filters: [...given, ...open] }, { limit, cursor })
  },
})
