import { z } from 'zod'
import { globalRecord, projectRecord } from './record.ts'

/** The scope of a key whose holder carries a chat: it reads, keeps the chat, and acts for linked people. */
export const BRIDGE_SCOPE = 'telegram.bridge'

/** How long a code that pairs a person with their Telegram user may be sent. */
export const PAIRING_MS = 10 * 60_000

/** Telegram's number of a user; names there can be changed and taken over, numbers cannot. */
export const telegramUserIdSchema = z.string().regex(/^[1-9]\d{0,18}$/, 'must be the number of a Telegram user')

/** Telegram's number of a chat: below zero for groups. */
export const telegramChatIdSchema = z.string().regex(/^-?[1-9]\d{0,18}$/, 'must be the number of a chat')

/** Which principal a Telegram user is, and where their chat with the bot stands. */
export const telegramLinkSchema = z.strictObject({
  ...globalRecord,
  telegramUserId: z.string(),
  principalId: z.string(),
  currentProjectId: z.string().nullable(),
  pairedAt: z.int(),
  /** The last update of this user that was handled; that one and all before it are handled no more. */
  lastUpdateId: z.int(),
  /** The update that a host handles now, which host, and until when nobody else may. */
  heldUpdateId: z.int().nullable(),
  heldBy: z.string().nullable(),
  heldUntil: z.int(),
})
export type TelegramLink = z.infer<typeof telegramLinkSchema>

/** A one-time code with which whoever sends it becomes that principal. Stored as a digest. */
export const telegramCodeSchema = z.strictObject({
  ...globalRecord,
  principalId: z.string(),
  codeHash: z.string(),
  expiresAt: z.int(),
  usedAt: z.int().nullable(),
})
export type TelegramCode = z.infer<typeof telegramCodeSchema>

/**
 * What a message of the bot stands for: a request with its buttons, a question for a reason, a question whether to stop
 * everything, the root of a task's thread, or a message of a task that is shown in both places.
 */
export const TELEGRAM_MESSAGE_KINDS = ['APPROVAL', 'PROMPT', 'CONFIRM', 'TASK', 'MESSAGE'] as const

/** A message in a chat that stands for something here, so that taps and replies find it and changes show on it. */
export const telegramMessageSchema = z.strictObject({
  ...projectRecord,
  kind: z.enum(TELEGRAM_MESSAGE_KINDS),
  /** `<entity>/<id>` */
  subject: z.string(),
  /** The task whose thread it is in, if any. */
  taskId: z.string().nullable(),
  chatId: z.string(),
  /** The forum topic it is in, if any. */
  topicId: z.int().nullable(),
  /** Null until the chat has it. */
  messageId: z.int().nullable(),
  /** Digests of what its buttons send; the secrets themselves are only in the chat. */
  yesHash: z.string().nullable(),
  noHash: z.string().nullable(),
  /** What a reply to the question will be the reason for. */
  verdict: z.enum(['APPROVE', 'DENY']).nullable(),
  /** The only user who may answer. */
  forUserId: z.string().nullable(),
  /** Digest of what it shows, so that nothing is edited into what it is already. */
  shown: z.string().nullable(),
  /** When its buttons stop working. */
  expiresAt: z.int().nullable(),
  closedAt: z.int().nullable(),
})
export type TelegramMessage = z.infer<typeof telegramMessageSchema>
