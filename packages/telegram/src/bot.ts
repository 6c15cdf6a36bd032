import { type Logger, MissionControlError, silentLogger } from '@mission-control/core'
import type { TelegramAccess } from './access.ts'
import { ApprovalCards } from './cards/approval-cards.ts'
import { Prompts } from './cards/prompts.ts'
import { ChatApi, chatFault } from './chat-api.ts'
import { CHAT_COMMANDS } from './commands/index.ts'
import { dryRun } from './dry-run.ts'
import { OutboxSender } from './push/outbox-sender.ts'
import { Pusher } from './push/pusher.ts'
import { quietLogger } from './quiet-logger.ts'
import { ThreadMirror } from './threads/thread-mirror.ts'
import { LateAnswers } from './updates/late-answers.ts'
import { Lead } from './updates/lead.ts'
import { pause } from './updates/pause.ts'
import { Poller } from './updates/poller.ts'
import { RateLimit } from './updates/rate-limit.ts'
import { Strangers } from './updates/strangers.ts'
import { Talk } from './updates/talk.ts'
import { Taps } from './updates/taps.ts'
import { Turnstile } from './updates/turnstile.ts'
import { type Handled, UpdateDesk } from './updates/update-desk.ts'
import { webhookReceiver } from './updates/webhook.ts'

const POLL_TIMEOUT_S = 25
const PAUSE_MS = 1_000
const TICK_MS = 2_000
/** A poll and what it brings fit into a turn. */
const LEAD_MS = 60_000
/** How long a message that was written in the chat may take until it is known as one, where hosts handle updates apart. */
const SETTLE_MS = 3_000
const ALLOWED = ['message', 'edited_message', 'callback_query'] as const

export interface TelegramBotOptions {
  readonly token: string
  readonly access: TelegramAccess
  /** Chats that are told of everything, and in which people may use the bot; the first has the threads of tasks. */
  readonly chatIds: readonly string[]
  /** Default: Telegram's own. */
  readonly apiRoot?: string
  /** Have updates brought to this address instead of fetching them. The secret is not optional. */
  readonly webhook?: { readonly url: string; readonly secret: string }
  readonly logger?: Logger
  /** Names this host among several; default: a random name. */
  readonly owner?: string
  /** Prints what it would send instead of sending it, and hears nobody. */
  readonly dryRun?: (line: string) => void
  /** The clock of rates and waits, epoch ms. */
  readonly now?: () => number
  readonly tickMs?: number
  readonly pollTimeoutS?: number
  /** Between attempts. */
  readonly pauseMs?: number
}

/** A bot that runs. Any number of hosts may run one of the same token: one polls and pushes, and takes over from another. */
export interface TelegramBot {
  /** Sets the menu and begins. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Answers a request to the webhook. */
  receive(request: Request): Promise<Response>
  /** Handles one update, however it came. */
  handle(update: unknown): Promise<Handled>
  /** Sends what is due, makes cards say the truth, and takes what is new into the threads, if no other host leads. */
  push(): Promise<void>
}

/** Puts the bot together. It knows Mission Control by its client only, so it runs in the host or elsewhere. */
export function createTelegramBot(options: TelegramBotOptions): TelegramBot {
  const { access, token, webhook } = options
  if (webhook !== undefined && !/^[A-Za-z0-9_-]{16,256}$/.test(webhook.secret)) {
    throw new MissionControlError('INTERNAL', 'a webhook needs a secret of 16 to 256 letters, digits, _ and -', {
      hint: 'Without it anybody could write updates. Make one, for example with: openssl rand -hex 32',
    })
  }
  const { bridge } = access
  const logger = quietLogger(options.logger ?? silentLogger, [token, webhook?.secret ?? ''])
  const owner = options.owner ?? `bot-${crypto.randomUUID()}`
  const now = options.now ?? Date.now
  const chat = new ChatApi({ token, apiRoot: options.apiRoot, now })
  if (options.dryRun !== undefined) chat.api.config.use(dryRun(options.dryRun))
  const cards = new ApprovalCards({ bridge, chat, logger })
  const prompts = new Prompts({ bridge, chat })
  const late = new LateAnswers({ chat, logger, now })
  const desk = new UpdateDesk({
    access,
    chat,
    chatIds: options.chatIds,
    owner,
    logger,
    talk: new Talk({ access, cards, prompts }),
    taps: new Taps({ access, chat, cards, prompts }),
    strangers: new Strangers({ bridge, logger, now }),
    rateLimit: new RateLimit(now),
    late,
  })
  const sender = new OutboxSender({ access, chat, chatIds: options.chatIds, cards, logger, now })
  const [chatId] = options.chatIds
  const settleMs = webhook === undefined ? 0 : SETTLE_MS
  const mirror = chatId === undefined ? null : new ThreadMirror({ bridge, chat, chatId, logger, settleMs })
  const lead = new Lead({ bridge, owner, turnMs: LEAD_MS })
  const pusher = new Pusher({ bridge, lead, sender, cards, mirror, logger })
  const turnstile = new Turnstile()
  const handle = (update: unknown) => turnstile.run(() => desk.handle(update))
  const push = () => turnstile.run(() => late.sendDue().then(() => pusher.push()))
  return new RunningBot({ ...options, logger }, { chat, desk, lead, handle, push })
}

interface Parts {
  readonly chat: ChatApi
  readonly desk: UpdateDesk
  readonly lead: Lead
  readonly handle: (update: unknown) => Promise<Handled>
  readonly push: () => Promise<void>
}

class RunningBot implements TelegramBot {
  readonly #options: TelegramBotOptions & { readonly logger: Logger }
  readonly #parts: Parts
  readonly #receive: ((request: Request) => Promise<Response>) | null
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>[] = []
  #poller: Poller | null = null

  constructor(options: TelegramBotOptions & { readonly logger: Logger }, parts: Parts) {
    this.#options = options
    this.#parts = parts
    const { webhook, logger } = options
    const { handle } = parts
    this.#receive = webhook === undefined ? null : webhookReceiver({ secret: webhook.secret, logger, handle })
  }

  handle(update: unknown): Promise<Handled> {
    return this.#parts.handle(update)
  }

  push(): Promise<void> {
    return this.#parts.push()
  }

  receive(request: Request): Promise<Response> {
    return this.#receive?.(request) ?? Promise.resolve(new Response(null, { status: 404 }))
  }

  async start(): Promise<void> {
    const { chat, desk, lead, handle } = this.#parts
    const { webhook, logger, pollTimeoutS = POLL_TIMEOUT_S, pauseMs = PAUSE_MS } = this.#options
    desk.username = (await chat.me()).username
    await this.#setMenu()
    if (webhook === undefined) {
      await chat.api.deleteWebhook()
      this.#poller = new Poller({ lead, chat, logger, pollTimeoutS, pauseMs, handle })
      this.#running.push(this.#poller.run())
    } else {
      // One at a time, so that updates come in their order.
      const terms = { secret_token: webhook.secret, max_connections: 1, allowed_updates: ALLOWED }
      await chat.api.setWebhook(webhook.url, terms)
    }
    this.#running.push(this.#keepPushing())
  }

  /** The bot works without its menu. */
  async #setMenu(): Promise<void> {
    const menu = CHAT_COMMANDS.map(({ name, description }) => ({ command: name, description }))
    try {
      await this.#parts.chat.api.setMyCommands(menu)
    } catch (error) {
      this.#options.logger.warn('the menu was not set', { ...chatFault(error) })
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#poller?.stop()
    await Promise.allSettled(this.#running)
    try {
      await this.#parts.lead.giveUp()
    } catch (error) {
      this.#options.logger.warn('the turn was not given up; it ends by itself', { error: String(error) })
    }
  }

  async #keepPushing(): Promise<void> {
    const { logger, tickMs = TICK_MS } = this.#options
    while (!this.#stopping.signal.aborted) {
      try {
        await this.#parts.push()
      } catch (error) {
        logger.warn('nothing was pushed', { error: String(error) })
      }
      await pause(tickMs, this.#stopping.signal)
    }
  }
}
