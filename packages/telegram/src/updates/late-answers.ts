import type { Logger } from '@mission-control/core'
import { type ChatApi, chatFault, isForGood, type Place } from '../chat-api.ts'
import type { RichText } from '../text/rich-text.ts'

const WAITING_MAX = 200
/** An answer that is older than this answers nothing any more. */
const KEPT_MS = 10 * 60_000
const AGAIN_MS = 5_000

interface Waiting {
  readonly place: Place
  readonly text: RichText
  readonly saidAt: number
  readonly dueAt: number
}

/**
 * Answers that a chat did not take because Telegram was busy or down. What they tell was committed, so nobody waits for
 * them: they come later. A host that dies with them has done no harm but silence.
 */
export class LateAnswers {
  readonly #chat: ChatApi
  readonly #logger: Logger
  readonly #now: () => number
  #waiting: readonly Waiting[] = []

  constructor(options: { readonly chat: ChatApi; readonly logger: Logger; readonly now: () => number }) {
    this.#chat = options.chat
    this.#logger = options.logger
    this.#now = options.now
  }

  /** Keeps an answer for later. */
  add(place: Place, text: RichText, retryAfterMs: number | null): void {
    const saidAt = this.#now()
    const added = { place, text, saidAt, dueAt: saidAt + (retryAfterMs ?? AGAIN_MS) }
    this.#waiting = [...this.#waiting, added].slice(-WAITING_MAX)
  }

  /** Sends what the chats may take by now. */
  async sendDue(): Promise<void> {
    const now = this.#now()
    const fresh = this.#waiting.filter(({ saidAt }) => now - saidAt < KEPT_MS)
    const due = fresh.filter(({ dueAt }) => dueAt <= now)
    this.#waiting = fresh.filter(({ dueAt }) => dueAt > now)
    for (const { place, text, saidAt } of due) {
      try {
        await this.#chat.send(place, text)
      } catch (error) {
        const fault = chatFault(error)
        const { retryAfterMs } = fault
        this.#logger.warn('an answer was not sent', { chatId: place.chatId, ...fault })
        if (!isForGood(fault))
          this.#waiting = [...this.#waiting, { place, text, saidAt, dueAt: now + (retryAfterMs ?? AGAIN_MS) }]
      }
    }
  }
}
