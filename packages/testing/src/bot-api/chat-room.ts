import { checkButtons, checkEntities, checkId, checkPopup, checkText, checkTopicName } from './checks.ts'
import { badRequest, type FakeChat, type FakeMessage, type FakePopup, type FakeTopic } from './types.ts'

type Params = Readonly<Record<string, unknown>>

/** The chats of the fake server: what stands in them, and what the bot may do there. */
export class ChatRoom {
  readonly #bot: { readonly id: number; readonly username: string }
  readonly #chats = new Map<number, FakeChat>()
  readonly #messages: FakeMessage[] = []
  readonly #topics: FakeTopic[] = []
  readonly #openQueries = new Set<string>()
  readonly popups: FakePopup[] = []
  commands: readonly { readonly command: string; readonly description: string }[] = []
  #lastMessageId = 0

  constructor(bot: { readonly id: number; readonly username: string }) {
    this.#bot = bot
  }

  addChat(chat: FakeChat): void {
    this.#chats.set(chat.id, chat)
  }

  chat(chatId: unknown): FakeChat {
    const chat = this.#chats.get(checkId(chatId, 'chat_id'))
    if (chat === undefined) throw badRequest('chat not found')
    return chat
  }

  messages(chatId: number): readonly FakeMessage[] {
    return this.#messages.filter((message) => message.chatId === chatId)
  }

  topics(chatId: number): readonly FakeTopic[] {
    return this.#topics.filter((topic) => topic.chatId === chatId)
  }

  message(chatId: number, messageId: number): FakeMessage | null {
    return this.#messages.find((one) => one.chatId === chatId && one.messageId === messageId) ?? null
  }

  /** Puts a message of a person into a chat. */
  write(message: Omit<FakeMessage, 'messageId' | 'edits' | 'buttons' | 'isSilent' | 'entities'>): FakeMessage {
    return this.#add({ ...message, entities: [], buttons: [], isSilent: false })
  }

  /** Changes what a message says; for people who edit what they wrote. */
  rewrite(chatId: number, messageId: number, text: string): FakeMessage {
    return this.#replace(chatId, messageId, { text })
  }

  /** A query that waits for its answer. */
  openQuery(queryId: string): void {
    this.#openQueries.add(queryId)
  }

  /** Does one call of the bot and gives its result. */
  call(method: string, params: Params): unknown {
    switch (method) {
      case 'getMe':
        return { id: this.#bot.id, is_bot: true, first_name: 'Mission Control', username: this.#bot.username }
      case 'getChat':
        return this.chat(params.chat_id)
      case 'setMyCommands':
        this.commands = params.commands as typeof this.commands
        return true
      case 'sendMessage':
        return this.#sent(this.#send(params))
      case 'editMessageText':
        return this.#sent(this.#edit(params))
      case 'editMessageReplyMarkup':
        return this.#sent(this.#editButtons(params))
      case 'deleteMessage':
        return this.#delete(params)
      case 'answerCallbackQuery':
        return this.#answer(params)
      case 'createForumTopic':
        return this.#createTopic(params)
      default:
        return this.#editTopic(params)
    }
  }

  #add(message: Omit<FakeMessage, 'messageId' | 'edits'>): FakeMessage {
    const added = { ...message, messageId: ++this.#lastMessageId, edits: 0 }
    this.#messages.push(added)
    return added
  }

  #replace(chatId: number, messageId: number, fields: Partial<FakeMessage>): FakeMessage {
    const at = this.#messages.findIndex((one) => one.chatId === chatId && one.messageId === messageId)
    const before = this.#messages[at]
    if (before === undefined) throw badRequest('message to edit not found')
    const after = { ...before, ...fields, edits: before.edits + 1 }
    this.#messages[at] = after
    return after
  }

  #send(params: Params): FakeMessage {
    const chat = this.chat(params.chat_id)
    const text = checkText(params.text)
    const topicId =
      params.message_thread_id === undefined ? null : checkId(params.message_thread_id, 'message_thread_id')
    if (topicId !== null && !this.#topics.some((topic) => topic.chatId === chat.id && topic.topicId === topicId)) {
      throw badRequest('message thread not found')
    }
    return this.#add({
      chatId: chat.id,
      fromId: null,
      text,
      entities: checkEntities(text, params.entities),
      buttons: checkButtons(params.reply_markup),
      topicId,
      replyToId: this.#repliedTo(chat.id, params.reply_parameters),
      isSilent: params.disable_notification === true,
    })
  }

  #repliedTo(chatId: number, given: unknown): number | null {
    if (given === undefined) return null
    const { message_id: id, allow_sending_without_reply: isOptional } = given as Params
    const messageId = checkId(id, 'message_id')
    if (this.message(chatId, messageId) !== null) return messageId
    if (isOptional === true) return null
    throw badRequest('message to be replied not found')
  }

  #own(params: Params): FakeMessage {
    const chat = this.chat(params.chat_id)
    const message = this.message(chat.id, checkId(params.message_id, 'message_id'))
    if (message === null) throw badRequest('message to edit not found')
    if (message.fromId !== null) throw badRequest("message can't be edited")
    return message
  }

  #edit(params: Params): FakeMessage {
    const message = this.#own(params)
    const text = checkText(params.text)
    const entities = checkEntities(text, params.entities)
    const buttons = checkButtons(params.reply_markup)
    const looks = (one: Pick<FakeMessage, 'text' | 'entities' | 'buttons'>) =>
      JSON.stringify([one.text, one.entities, one.buttons])
    if (looks(message) === looks({ text, entities, buttons })) throw notModified()
    return this.#replace(message.chatId, message.messageId, { text, entities, buttons })
  }

  #editButtons(params: Params): FakeMessage {
    const message = this.#own(params)
    const buttons = checkButtons(params.reply_markup)
    if (JSON.stringify(message.buttons) === JSON.stringify(buttons)) throw notModified()
    return this.#replace(message.chatId, message.messageId, { buttons })
  }

  #delete(params: Params): true {
    const { chatId, messageId } = this.#own(params)
    this.#messages.splice(
      this.#messages.findIndex((one) => one.chatId === chatId && one.messageId === messageId),
      1,
    )
    return true
  }

  #answer(params: Params): true {
    const queryId = String(params.callback_query_id)
    const text = checkPopup(params.text)
    if (!this.#openQueries.delete(queryId)) {
      throw badRequest('query is too old and response timeout expired or query ID is invalid')
    }
    this.popups.push({ queryId, text, isAlert: params.show_alert === true })
    return true
  }

  #createTopic(params: Params): unknown {
    const chat = this.chat(params.chat_id)
    if (chat.is_forum !== true) throw badRequest('the chat is not a forum')
    const topic = { chatId: chat.id, topicId: ++this.#lastMessageId, name: checkTopicName(params.name) }
    this.#topics.push(topic)
    return { message_thread_id: topic.topicId, name: topic.name, icon_color: 7_322_096 }
  }

  #editTopic(params: Params): true {
    const chat = this.chat(params.chat_id)
    const topicId = checkId(params.message_thread_id, 'message_thread_id')
    const at = this.#topics.findIndex((topic) => topic.chatId === chat.id && topic.topicId === topicId)
    if (at === -1) throw badRequest('message thread not found')
    const name = checkTopicName(params.name)
    if (this.#topics[at]?.name === name) throw badRequest('TOPIC_NOT_MODIFIED')
    this.#topics[at] = { chatId: chat.id, topicId, name }
    return true
  }

  #sent(message: FakeMessage): unknown {
    return this.asTelegram(message)
  }

  /** A message in the words of the Bot API. */
  asTelegram(message: FakeMessage): Readonly<Record<string, unknown>> {
    const chat = this.chat(message.chatId)
    const repliedTo = message.replyToId === null ? null : this.message(chat.id, message.replyToId)
    return {
      message_id: message.messageId,
      from: message.fromId === null ? this.call('getMe', {}) : fakeUser(message.fromId),
      chat,
      date: 0,
      text: message.text,
      ...(message.topicId === null ? {} : { message_thread_id: message.topicId, is_topic_message: true }),
      ...(repliedTo === null ? {} : { reply_to_message: this.asTelegram({ ...repliedTo, replyToId: null }) }),
      ...(message.buttons.length === 0 ? {} : { reply_markup: { inline_keyboard: [message.buttons] } }),
    }
  }
}

function notModified() {
  return badRequest(
    'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
  )
}

/** A person as the Bot API tells of one. */
export function fakeUser(id: number): Readonly<Record<string, unknown>> {
  return { id, is_bot: false, first_name: `User ${id}` }
}
