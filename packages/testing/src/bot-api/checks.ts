import { badRequest, type FakeButton, type FakeEntity } from './types.ts'

const TEXT_UNITS_MAX = 4096
const CALLBACK_BYTES_MAX = 64
const POPUP_UNITS_MAX = 200
const TOPIC_CHARS_MAX = 128
const BUTTONS_MAX = 100
const ENTITIES_MAX = 100

type Params = Readonly<Record<string, unknown>>

/** The parameters that each method knows; one that is not among them is a mistake of the caller. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  getMe: [],
  getUpdates: ['offset', 'limit', 'timeout', 'allowed_updates'],
  setWebhook: ['url', 'secret_token', 'max_connections', 'allowed_updates', 'drop_pending_updates'],
  deleteWebhook: ['drop_pending_updates'],
  getWebhookInfo: [],
  setMyCommands: ['commands', 'scope', 'language_code'],
  getChat: ['chat_id'],
  sendMessage: [
    'chat_id',
    'message_thread_id',
    'text',
    'entities',
    'link_preview_options',
    'disable_notification',
    'reply_parameters',
    'reply_markup',
  ],
  editMessageText: ['chat_id', 'message_id', 'text', 'entities', 'link_preview_options', 'reply_markup'],
  editMessageReplyMarkup: ['chat_id', 'message_id', 'reply_markup'],
  deleteMessage: ['chat_id', 'message_id'],
  answerCallbackQuery: ['callback_query_id', 'text', 'show_alert', 'cache_time'],
  createForumTopic: ['chat_id', 'name', 'icon_color', 'icon_custom_emoji_id'],
  editForumTopic: ['chat_id', 'message_thread_id', 'name', 'icon_custom_emoji_id'],
}

/** Refuses a method that is not there and parameters that it does not have. */
export function checkParams(method: string, params: Params): void {
  const known = KNOWN[method]
  if (known === undefined) throw badRequest(`method ${method} is not part of this server`)
  const stray = Object.keys(params).filter((name) => !known.includes(name))
  if (stray.length > 0) throw badRequest(`${method} has no ${stray.join(', ')}`)
}

/** A text that a chat takes. */
export function checkText(text: unknown): string {
  if (typeof text !== 'string' || text.trim() === '') throw badRequest('message text is empty')
  if (!text.isWellFormed()) throw badRequest('strings must be encoded in UTF-8')
  if (text.length > TEXT_UNITS_MAX) throw badRequest('message is too long')
  return text
}

/** Entities that lie within their text, and do not split a character of two units. */
export function checkEntities(text: string, given: unknown): readonly FakeEntity[] {
  if (given === undefined) return []
  if (!Array.isArray(given) || given.length > ENTITIES_MAX) throw badRequest("can't parse entities")
  for (const { type, offset, length } of given as FakeEntity[]) {
    const isPlaced = Number.isInteger(offset) && Number.isInteger(length) && offset >= 0 && length > 0
    if (typeof type !== 'string' || !isPlaced || offset + length > text.length) {
      throw badRequest(`can't parse entities: ${type} at ${offset} of length ${length}`)
    }
    if (!text.slice(offset, offset + length).isWellFormed()) throw badRequest('entity beginning splits a character')
  }
  return given as FakeEntity[]
}

/** The buttons under a message, each with something to send. */
export function checkButtons(markup: unknown): readonly FakeButton[] {
  if (markup === undefined || markup === null) return []
  const { inline_keyboard: rows, force_reply: asksReply } = markup as Params
  if (rows === undefined) {
    if (asksReply !== true) throw badRequest('object expected as reply markup')
    return []
  }
  const buttons = (rows as FakeButton[][]).flat()
  if (buttons.length > BUTTONS_MAX) throw badRequest('too many inline keyboard buttons')
  for (const { text, callback_data: sent } of buttons) {
    if (typeof text !== 'string' || text === '') throw badRequest('text buttons are unallowed in the inline keyboard')
    const bytes = new TextEncoder().encode(sent ?? '').byteLength
    if (bytes < 1 || bytes > CALLBACK_BYTES_MAX) throw badRequest('BUTTON_DATA_INVALID')
  }
  return buttons
}

/** What pops up after a tap; absent where nothing does. */
export function checkPopup(text: unknown): string {
  if (text === undefined) return ''
  if (typeof text !== 'string' || text.length > POPUP_UNITS_MAX) throw badRequest('MESSAGE_TOO_LONG')
  return text
}

/** The name of a topic. */
export function checkTopicName(name: unknown): string {
  if (typeof name !== 'string' || name.trim() === '' || [...name].length > TOPIC_CHARS_MAX) {
    throw badRequest('TOPIC_NAME_INVALID')
  }
  return name
}

/** A number of a chat, a message or a topic. */
export function checkId(value: unknown, name: string): number {
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number === 0) throw badRequest(`${name} is empty`)
  return number
}
