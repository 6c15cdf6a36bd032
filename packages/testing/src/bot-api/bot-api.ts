import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ChatRoom, fakeUser } from './chat-room.ts'
import { checkParams } from './checks.ts'
import {
  BotApiError,
  badRequest,
  type FakeCall,
  type FakeChat,
  type FakeMessage,
  type FakePopup,
  type FakeTopic,
} from './types.ts'
import { type FakeUpdate, UpdateQueue } from './update-queue.ts'

const BOT = { id: 7_000_000_001, username: 'mission_control_bot' } as const
const BODY_BYTES_MAX = 1024 * 1024
const WAIT_MS = 15_000
const LOOK_MS = 5

/** A refusal that the server gives instead of doing what it is asked. */
export interface FakeOutage {
  /** Default: every method. */
  readonly method?: string
  /** Default: every chat. */
  readonly chatId?: number
  readonly code: number
  readonly description?: string
  /** Seconds, with 429. */
  readonly retryAfter?: number
  /** How many calls; default 1. */
  readonly times?: number
}

/** Where a person writes. */
export interface Placed {
  readonly topicId?: number
  readonly replyToId?: number
}

/**
 * A server of the Bot API for tests, with the methods that Mission Control's bot uses and the strictness of the real
 * one. People write and tap by its methods, and what the bot has made of the chats can be looked at.
 */
export class FakeBotApi {
  readonly token: string
  readonly calls: FakeCall[] = []
  readonly #room = new ChatRoom(BOT)
  readonly #queue = new UpdateQueue()
  readonly #server: Server
  readonly #outages: { -readonly [K in keyof FakeOutage]: FakeOutage[K] }[] = []
  #lastUpdateId = 1000
  #lastQuery = 0

  constructor(token = '7000000001:AAtestTokenThatOpensNothingAtAll0000000') {
    this.token = token
    this.#server = createServer((request, response) => void this.#serve(request, response))
  }

  /** Where the bot finds it: its `apiRoot`. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get username(): string {
    return BOT.username
  }

  get popups(): readonly FakePopup[] {
    return this.#room.popups
  }

  get commands(): readonly { readonly command: string; readonly description: string }[] {
    return this.#room.commands
  }

  get webhookUrl(): string {
    return this.#queue.webhookUrl
  }

  /** Updates that the bot has not confirmed. */
  get pending(): number {
    return this.#queue.pending
  }

  listen(): Promise<this> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', () => resolve(this)))
  }

  async close(): Promise<void> {
    this.#queue.close()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  addChat(chat: FakeChat): void {
    this.#room.addChat(chat)
  }

  /** Refuses the next calls. */
  fail(outage: FakeOutage): void {
    this.#outages.push({ times: 1, ...outage })
  }

  messages(chatId: number): readonly FakeMessage[] {
    return this.#room.messages(chatId)
  }

  topics(chatId: number): readonly FakeTopic[] {
    return this.#room.topics(chatId)
  }

  /** What the bot has written into a chat, oldest first, as it stands now. */
  said(chatId: number): readonly string[] {
    return this.messages(chatId)
      .filter(({ fromId }) => fromId === null)
      .map(({ text }) => text)
  }

  /** A person writes; in their private chat unless another is named. */
  write(userId: number, text: string, chatId = userId, place: Placed = {}): FakeMessage {
    this.#haveChat(chatId)
    const { topicId = null, replyToId = null } = place
    const message = this.#room.write({ chatId, fromId: userId, text, topicId, replyToId })
    this.update({ message: this.#room.asTelegram(message) })
    return message
  }

  /** A person edits what they wrote. */
  edit(message: FakeMessage, text: string): void {
    const edited = this.#room.rewrite(message.chatId, message.messageId, text)
    this.update({ edited_message: this.#room.asTelegram(edited) })
  }

  /** A person presses the button with that label under a message; gives the id of the query. */
  tap(userId: number, message: FakeMessage, label: string): string {
    const button = message.buttons.find(({ text }) => text === label)
    if (button?.callback_data === undefined) throw new Error(`no button ${label} under "${message.text.slice(0, 60)}"`)
    return this.tapData(userId, message, button.callback_data)
  }

  /** A client that sends whatever it likes. */
  tapData(userId: number, message: FakeMessage, sent: string): string {
    const id = `query-${++this.#lastQuery}`
    this.#room.openQuery(id)
    const about = { message: this.#room.asTelegram(message), chat_instance: '1', data: sent }
    this.update({ callback_query: { id, from: fakeUser(userId), ...about } })
    return id
  }

  /** Brings an update as it is; gives its number, which rises unless it is given. */
  update(content: Readonly<Record<string, unknown>>, updateId = ++this.#lastUpdateId): number {
    this.#queue.add({ update_id: updateId, ...content } as FakeUpdate)
    return updateId
  }

  /** What pops up after a tap, once it does. */
  async popup(queryId: string): Promise<string> {
    const popup = await this.until(() => this.popups.find((one) => one.queryId === queryId), `an answer to ${queryId}`)
    return popup.text
  }

  /** The next message of the bot in a chat that fits, as it then stands. */
  message(chatId: number, fits: (message: FakeMessage) => boolean, what = 'such a message'): Promise<FakeMessage> {
    return this.until(
      () => this.messages(chatId).findLast((message) => message.fromId === null && fits(message)),
      () => `${what} in ${chatId}; there are:\n${this.said(chatId).join('\n---\n')}`,
    )
  }

  /** Waits until there is something to give. */
  async until<T>(look: () => T | undefined | false, what: string | (() => string) = 'it'): Promise<T> {
    const endsAt = Date.now() + WAIT_MS
    for (;;) {
      const found = look()
      if (found !== undefined && found !== false) return found
      if (Date.now() > endsAt) throw new Error(`waited in vain for ${typeof what === 'string' ? what : what()}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  #haveChat(chatId: number): void {
    try {
      this.#room.chat(chatId)
    } catch {
      this.addChat({ id: chatId, type: chatId > 0 ? 'private' : 'supergroup' })
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, token = '', method = ''] = /^\/bot([^/]+)\/(\w+)$/.exec(request.url ?? '') ?? []
    try {
      if (token !== this.token) throw new BotApiError(401, 'Unauthorized')
      const params = await readParams(request)
      const result = await this.#call(method, params)
      answer(response, 200, { ok: true, result })
    } catch (error) {
      const refused = error instanceof BotApiError ? error : new BotApiError(500, 'Internal Server Error')
      answer(response, refused.code, {
        ok: false,
        error_code: refused.code,
        description: refused.message,
        ...(refused.retryAfter === null ? {} : { parameters: { retry_after: refused.retryAfter } }),
      })
    }
  }

  async #call(method: string, params: Readonly<Record<string, unknown>>): Promise<unknown> {
    try {
      this.#outage(method, params)
      checkParams(method, params)
      const result = await this.#result(method, params)
      this.calls.push({ method, params, status: 200 })
      return result
    } catch (error) {
      this.calls.push({ method, params, status: error instanceof BotApiError ? error.code : 500 })
      throw error
    }
  }

  async #result(method: string, params: Readonly<Record<string, unknown>>): Promise<unknown> {
    switch (method) {
      case 'getUpdates':
        return this.#queue.fetch(params)
      case 'setWebhook':
        return this.#queue.setWebhook(params)
      case 'deleteWebhook':
        return this.#queue.deleteWebhook()
      case 'getWebhookInfo':
        return { url: this.#queue.webhookUrl, has_custom_certificate: false, pending_update_count: this.pending }
      default:
        return this.#room.call(method, params)
    }
  }

  #outage(method: string, { chat_id: chatId }: Readonly<Record<string, unknown>>): void {
    const at = this.#outages.findIndex(
      (outage) =>
        (outage.method === undefined || outage.method === method) &&
        (outage.chatId === undefined || String(outage.chatId) === String(chatId)),
    )
    const outage = this.#outages[at]
    if (outage === undefined) return
    outage.times = (outage.times ?? 1) - 1
    if (outage.times <= 0) this.#outages.splice(at, 1)
    const retryAfter = outage.retryAfter ?? null
    const description =
      outage.description ?? (outage.code === 429 ? `Too Many Requests: retry after ${retryAfter}` : 'Bad Gateway')
    throw new BotApiError(outage.code, description, retryAfter)
  }
}

/** Starts a server of the Bot API for tests. */
export function startBotApi(token?: string): Promise<FakeBotApi> {
  return new FakeBotApi(token).listen()
}

async function readParams(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.byteLength
    if (bytes > BODY_BYTES_MAX) throw new BotApiError(413, 'Request Entity Too Large')
    parts.push(part)
  }
  if (bytes === 0) return {}
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as Record<string, unknown>
  } catch {
    throw badRequest("can't parse the request body as JSON")
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
