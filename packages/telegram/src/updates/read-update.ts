import type { Place } from '../chat-api.ts'

/** What people did, as far as the bot cares; everything else in an update is left unread. */
export type Deed =
  | {
      readonly kind: 'said' | 'edited'
      readonly telegramUserId: string
      readonly place: Place
      readonly messageId: number
      readonly text: string
      readonly isPrivate: boolean
      readonly replyToId: number | null
    }
  | {
      readonly kind: 'tapped'
      readonly telegramUserId: string
      readonly place: Place
      readonly messageId: number | null
      readonly queryId: string
      readonly sent: string
      readonly isPrivate: boolean
    }

export interface ReadUpdate {
  readonly updateId: number
  readonly deed: Deed | null
}

const SENT_CHARS_MAX = 64
const TEXT_CHARS_MAX = 16_384

type Fields = Readonly<Record<string, unknown>>

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function idOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value !== 0 ? value : null
}

/** Numbers of messages and topics rise from 1. */
function placeOf(value: unknown): number | null {
  const id = idOf(value)
  return id === null || id < 0 ? null : id
}

/** Reads an update that anybody may have forged: what is not as Telegram writes it is nothing. */
export function readUpdate(update: unknown): ReadUpdate | null {
  if (!isFields(update)) return null
  const updateId = update.update_id
  if (typeof updateId !== 'number' || !Number.isSafeInteger(updateId) || updateId < 0) return null
  const deed = readMessage('said', update.message) ?? readMessage('edited', update.edited_message) ?? readTap(update)
  return { updateId, deed }
}

function readMessage(kind: 'said' | 'edited', message: unknown): Deed | null {
  if (!isFields(message)) return null
  const from = readSender(message.from)
  const chat = readChat(message.chat)
  const messageId = placeOf(message.message_id)
  const { text } = message
  if (from === null || chat === null || messageId === null || typeof text !== 'string') return null
  const repliedTo = isFields(message.reply_to_message) ? placeOf(message.reply_to_message.message_id) : null
  return {
    kind,
    telegramUserId: from,
    place: { chatId: chat.id, topicId: topicOf(message) },
    messageId,
    text: text.slice(0, TEXT_CHARS_MAX),
    isPrivate: chat.isPrivate,
    replyToId: repliedTo,
  }
}

function readTap(update: Fields): Deed | null {
  const query = update.callback_query
  if (!isFields(query) || typeof query.id !== 'string' || typeof query.data !== 'string') return null
  const from = readSender(query.from)
  const message = isFields(query.message) ? query.message : null
  const chat = message === null ? null : readChat(message.chat)
  if (from === null || message === null || chat === null) return null
  return {
    kind: 'tapped',
    telegramUserId: from,
    place: { chatId: chat.id, topicId: topicOf(message) },
    messageId: placeOf(message.message_id),
    queryId: query.id,
    sent: query.data.slice(0, SENT_CHARS_MAX),
    isPrivate: chat.isPrivate,
  }
}

/** The number of a person: bots, channels and anonymous admins have none that could be paired. */
function readSender(from: unknown): string | null {
  if (!isFields(from) || from.is_bot === true) return null
  const id = idOf(from.id)
  return id === null || id < 0 ? null : String(id)
}

function readChat(chat: unknown): { readonly id: string; readonly isPrivate: boolean } | null {
  if (!isFields(chat)) return null
  const id = idOf(chat.id)
  return id === null ? null : { id: String(id), isPrivate: chat.type === 'private' }
}

function topicOf(message: Fields): number | null {
  return message.is_topic_message === true ? placeOf(message.message_thread_id) : null
}
