import type { Logger } from '@mission-control/core'
import { GrammyError } from 'grammy'
import { type ChatApi, chatFault } from '../chat-api.ts'
import type { Lead } from './lead.ts'
import { pause } from './pause.ts'
import type { Handled } from './update-desk.ts'

const ATTEMPTS_MAX = 20
const UNAUTHORIZED = 401
const ALLOWED = ['message', 'edited_message', 'callback_query'] as const

interface PollerOptions {
  readonly lead: Lead
  readonly chat: ChatApi
  readonly logger: Logger
  readonly pollTimeoutS: number
  readonly pauseMs: number
  readonly handle: (update: unknown) => Promise<Handled>
}

/**
 * Fetches updates by long poll while it has the turn: Telegram gives them to one poller only. An update is confirmed to
 * Telegram once it was handled, so a host that dies in the middle leaves it to the next one.
 */
export class Poller {
  readonly #options: PollerOptions
  readonly #stopping = new AbortController()
  #offset = 0

  constructor(options: PollerOptions) {
    this.#options = options
  }

  /** Polls until it is stopped. */
  async run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      try {
        if ((await this.#options.lead.take()).isMine) await this.#fetch()
        else await this.#pause()
      } catch (error) {
        if (this.#stopping.signal.aborted) break
        if (error instanceof GrammyError && error.error_code === UNAUTHORIZED) throw error
        this.#options.logger.warn('updates were not fetched', { ...chatFault(error) })
        await this.#pause()
      }
    }
  }

  stop(): void {
    this.#stopping.abort()
  }

  async #fetch(): Promise<void> {
    const { chat, pollTimeoutS: timeout } = this.#options
    const updates = await chat.api.getUpdates(
      { offset: this.#offset, timeout, allowed_updates: ALLOWED },
      this.#stopping.signal as Parameters<typeof chat.api.getUpdates>[1],
    )
    for (const update of updates) {
      if (this.#stopping.signal.aborted || !(await this.#handled(update))) return
      this.#offset = update.update_id + 1
    }
    // What was handled is confirmed before anybody else could be given it.
    if (updates.length > 0)
      await chat.api.getUpdates({ offset: this.#offset, timeout: 0, limit: 1, allowed_updates: ALLOWED })
  }

  /** Tries again while another host has it or something is down; what never works must not hold up everything else. */
  async #handled(update: unknown): Promise<boolean> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      try {
        if ((await this.#options.handle(update)) === 'handled') return true
      } catch (error) {
        this.#options.logger.error('an update was not handled', { attempt, error: String(error) })
      }
      if (this.#stopping.signal.aborted) return false
      await this.#pause()
    }
    return true
  }

  #pause(): Promise<void> {
    return pause(this.#options.pauseMs, this.#stopping.signal)
  }
}
