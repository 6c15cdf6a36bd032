import {
  type Logger,
  type Message,
  type MissionControlClient,
  type Task,
  type TelegramMessage,
  type TelegramNews,
  unwrap,
} from '@mission-control/core'
import { type ChatApi, chatFault, isForGood } from '../chat-api.ts'
import { digest } from '../nonce.ts'
import { cutText } from '../text/cut-text.ts'
import { block, bold, lines, type RichText, revealed, rich, value } from '../text/rich-text.ts'
import { STATUS_SIGNS, taskRef } from '../text/words.ts'

interface MirrorOptions {
  readonly bridge: MissionControlClient
  readonly chat: ChatApi
  /** The chat that has the threads. */
  readonly chatId: string
  readonly logger: Logger
  /** Events younger than this wait: another host may be about to say that the message came from the chat. */
  readonly settleMs: number
}

/** A thread per task: a topic where the chat is a forum, else a root message with replies. The log is what it follows. */
export class ThreadMirror {
  readonly #options: MirrorOptions
  #isForum: boolean | null = null

  constructor(options: MirrorOptions) {
    this.#options = options
  }

  /**
   * Takes news into the threads, in their order, and says after each how far it came. Gives whether all of them are
   * shown: `note` is false where another host leads by now.
   */
  async follow(
    news: readonly TelegramNews[],
    now: number,
    note: (cursor: string) => Promise<boolean>,
  ): Promise<boolean> {
    const known = new Map<string, TelegramMessage>()
    for (const one of news) {
      const { event } = one
      if (event.time > now - this.#options.settleMs) return false
      try {
        await this.#take(one, known)
      } catch (error) {
        const fault = chatFault(error)
        if (!isForGood(fault)) throw error
        // What the chat will never take must not hold up everything after it.
        this.#options.logger.warn('a thread did not take an event', { event: event.id, ...fault })
      }
      if (!(await note(event.cursor))) return false
    }
    return true
  }

  /** `known` has what was put into the chat since the news were read. */
  async #take({ event, task, root, message, shown }: TelegramNews, known: Map<string, TelegramMessage>): Promise<void> {
    const thread = known.get(`task/${task.id}`) ?? root
    if (event.kind === 'TASK_CREATED') {
      known.set(`task/${task.id}`, await this.#open(task, thread))
      return
    }
    if (thread === null) return
    if (event.kind === 'TASK_TRANSITION') {
      known.set(`task/${task.id}`, await this.#retitle(thread, task))
      return
    }
    if (message === null) return
    const place = known.get(event.subject) ?? shown
    if (event.kind === 'MESSAGE_EDITED') return this.#edit(place, message)
    // What came from the chat is there already.
    if (place === null) known.set(event.subject, await this.#post(thread, message))
  }

  async #open(task: Task, known: TelegramMessage | null): Promise<TelegramMessage> {
    const { bridge, chat, chatId } = this.#options
    const { projectId } = task
    if (known !== null && known.messageId !== null) return known
    const subject = { subject: `task/${task.id}`, taskId: task.id }
    const kept = known ?? unwrap(await bridge.telegram.keepMessage({ projectId, kind: 'TASK', ...subject, chatId }))
    const change = { projectId, telegramMessageId: kept.id }
    const topicId =
      kept.topicId ?? ((await this.#isForumChat()) ? await chat.createTopic(chatId, topicName(task)) : null)
    if (topicId !== null && topicId !== kept.topicId) {
      unwrap(await bridge.telegram.changeMessage({ ...change, topicId }))
    }
    const root = await chat.send({ chatId, topicId }, rootText(task))
    const shown = await digest(topicName(task))
    return unwrap(await bridge.telegram.changeMessage({ ...change, messageId: root.message_id, shown }))
  }

  async #retitle(root: TelegramMessage, task: Task): Promise<TelegramMessage> {
    const { bridge, chat } = this.#options
    const shown = await digest(topicName(task))
    if (shown === root.shown) return root
    if (root.topicId !== null) await chat.renameTopic(root.chatId, root.topicId, topicName(task))
    if (root.messageId !== null) await chat.edit(root.chatId, root.messageId, rootText(task))
    const change = { projectId: task.projectId, telegramMessageId: root.id }
    return unwrap(await bridge.telegram.changeMessage({ ...change, shown }))
  }

  async #post(root: TelegramMessage, message: Message): Promise<TelegramMessage> {
    const { bridge, chat } = this.#options
    const { projectId } = message
    const place = {
      chatId: root.chatId,
      topicId: root.topicId,
      replyToId: root.topicId === null ? root.messageId : null,
    }
    const sent = await chat.send(place, messageText(message))
    return unwrap(
      await bridge.telegram.keepMessage({
        projectId,
        kind: 'MESSAGE',
        subject: `message/${message.id}`,
        ...(message.taskId === null ? {} : { taskId: message.taskId }),
        chatId: root.chatId,
        ...(root.topicId === null ? {} : { topicId: root.topicId }),
        messageId: sent.message_id,
      }),
    )
  }

  async #edit(shown: TelegramMessage | null, message: Message): Promise<void> {
    // A person's own message in the chat is edited by that person only.
    if (shown === null || shown.messageId === null || shown.forUserId !== null) return
    await this.#options.chat.edit(shown.chatId, shown.messageId, messageText(message))
  }

  async #isForumChat(): Promise<boolean> {
    if (this.#isForum === null) {
      const chat = await this.#options.chat.api.getChat(this.#options.chatId)
      this.#isForum = chat.type === 'supergroup' && chat.is_forum === true
    }
    return this.#isForum
  }
}

/** What Telegram leaves room for in the name of a topic, beside sign, id, priority and type. */
const TITLE_UNITS_MAX = 80

/** The name of a topic is plain text: what hides in a title is written out. */
function topicName(task: Task): string {
  const { status, priority, type } = task
  return `${STATUS_SIGNS[status]} ${taskRef(task)} ${cutText(revealed(task.title), TITLE_UNITS_MAX)} · P${priority} · ${type}`
}

function rootText(task: Task): RichText {
  const { status, title, priority, type, description } = task
  return lines(
    rich(`${STATUS_SIGNS[status]} ${taskRef(task)} `, value(title), ` · P${priority} · ${type}`),
    description === null || description.trim() === '' ? null : block(description, DESCRIPTION_UNITS_MAX),
  )
}

/** The root is one message, because it is edited. */
const DESCRIPTION_UNITS_MAX = 3000

function messageText({ author, type, content }: Message): RichText {
  return lines(bold(`${revealed(author.name)} · ${type}`), block(content))
}
