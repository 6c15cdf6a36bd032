import { autoRetry } from '@grammyjs/auto-retry'
import { Api, GrammyError, HttpError } from 'grammy'
import type { Message, UserFromGetMe } from 'grammy/types'
import { retryOutages } from './retry-outages.ts'
import { cutText } from './text/cut-text.ts'
import type { RichText } from './text/rich-text.ts'
import { sliceText, splitText, TEXT_UNITS_MAX } from './text/split-text.ts'
import { waitOut } from './wait-out.ts'

/** Waits of at most so long are waited for here; longer ones by whoever called. */
const RETRY_DELAY_S_MAX = 5
const RETRIES_MAX = 3
const POPUP_UNITS_MAX = 200
const TOPIC_CHARS_MAX = 128

/** Where a message goes. */
export interface Place {
  readonly chatId: string
  readonly topicId?: number | null
  readonly replyToId?: number | null
}

/** A button and what it sends. */
export interface Button {
  readonly label: string
  readonly nonce: string
}

export interface Shown {
  readonly buttons?: readonly Button[]
  /** Opens the keyboard for a reply. */
  readonly asksReply?: boolean
  readonly isSilent?: boolean
}

/** The chats, as far as the bot uses them. Everything is text with entities; no parse mode is ever set. */
export class ChatApi {
  readonly api: Api

  constructor(options: { readonly token: string; readonly apiRoot?: string | undefined; readonly now: () => number }) {
    const { token, apiRoot, now } = options
    this.api = new Api(token, apiRoot === undefined ? {} : { apiRoot })
    const isForOthers = { rethrowInternalServerErrors: true, rethrowHttpErrors: true }
    this.api.config.use(
      retryOutages(),
      autoRetry({ maxDelaySeconds: RETRY_DELAY_S_MAX, maxRetryAttempts: RETRIES_MAX, ...isForOthers }),
      waitOut(now),
    )
  }

  me(): Promise<UserFromGetMe> {
    return this.api.getMe()
  }

  /** Sends a text, in several messages if it must be; buttons are under the last. Gives the first message. */
  async send(place: Place, text: RichText, shown: Shown = {}): Promise<Message> {
    const parts = splitText(text)
    let first: Message | null = null
    for (const [at, part] of parts.entries()) {
      const isLast = at === parts.length - 1
      const sent = await this.api.sendMessage(place.chatId, part.text, {
        entities: [...part.entities],
        link_preview_options: { is_disabled: true },
        ...(place.topicId == null ? {} : { message_thread_id: place.topicId }),
        ...(place.replyToId == null
          ? {}
          : { reply_parameters: { message_id: place.replyToId, allow_sending_without_reply: true } }),
        ...(shown.isSilent === true ? { disable_notification: true } : {}),
        ...(isLast ? markup(shown) : {}),
      })
      first ??= sent
    }
    if (first === null) throw new TypeError('there is nothing to send')
    return first
  }

  /** Makes a message say something else; that it says so already is no failure. */
  async edit(chatId: string, messageId: number, text: RichText, shown: Shown = {}): Promise<void> {
    const part = text.text.length <= TEXT_UNITS_MAX ? text : cut(text)
    await unlessUnchanged(
      this.api.editMessageText(chatId, messageId, part.text, {
        entities: [...part.entities],
        link_preview_options: { is_disabled: true },
        ...keyboard(shown.buttons),
      }),
    )
  }

  /** What pops up for whoever pressed. A press that is too old hears nothing. */
  async answer(queryId: string, text: string): Promise<void> {
    try {
      await this.api.answerCallbackQuery(queryId, { text: cutText(text, POPUP_UNITS_MAX), show_alert: true })
    } catch (error) {
      if (!(error instanceof GrammyError) || error.error_code !== 400) throw error
    }
  }

  async createTopic(chatId: string, name: string): Promise<number> {
    const topic = await this.api.createForumTopic(chatId, topicName(name))
    return topic.message_thread_id
  }

  async renameTopic(chatId: string, topicId: number, name: string): Promise<void> {
    await unlessUnchanged(this.api.editForumTopic(chatId, topicId, { name: topicName(name) }))
  }
}

function markup({ buttons, asksReply = false }: Shown) {
  return asksReply ? { reply_markup: { force_reply: true as const, selective: true } } : keyboard(buttons)
}

function keyboard(buttons: readonly Button[] = []) {
  if (buttons.length === 0) return {}
  const row = buttons.map(({ label, nonce }) => ({ text: label, callback_data: nonce }))
  return { reply_markup: { inline_keyboard: [row] } }
}

function cut(text: RichText): RichText {
  const short = cutText(text.text, TEXT_UNITS_MAX)
  return { text: short, entities: sliceText(text, 0, short.length).entities }
}

function topicName(name: string): string {
  return [...name].slice(0, TOPIC_CHARS_MAX).join('')
}

async function unlessUnchanged(call: Promise<unknown>): Promise<void> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof GrammyError) || !/not.modified/i.test(error.description)) throw error
  }
}

/** How a call of Telegram failed, for those who try again. */
export interface ChatFault {
  readonly error: string
  readonly statusCode: number | null
  readonly retryAfterMs: number | null
}

/** Whether a chat will never take this: what it was about is gone, or the bot is. */
export function isForGood({ statusCode }: ChatFault): boolean {
  return statusCode !== null && statusCode >= 400 && statusCode < 500 && statusCode !== 429 && statusCode !== 401
}

/** Reads what went wrong. The description never has the token in it. */
export function chatFault(error: unknown): ChatFault {
  if (error instanceof GrammyError) {
    const retryAfter = error.parameters.retry_after
    return {
      error: `${error.method}: ${error.error_code} ${error.description}`,
      statusCode: error.error_code,
      retryAfterMs: retryAfter === undefined ? null : retryAfter * 1000,
    }
  }
  const isUnreached = error instanceof HttpError
  return { error: isUnreached ? 'Telegram could not be reached' : String(error), statusCode: null, retryAfterMs: null }
}
