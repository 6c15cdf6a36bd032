import { isMissionControlError, type Logger, RefusedError, unwrap } from '@mission-control/core'
import { pairingOf, type TelegramAccess } from '../access.ts'
import type { ChatApi } from '../chat-api.ts'
import { chatFault, isForGood } from '../chat-api.ts'
import { type Person, Refused } from '../commands/chat-command.ts'
import { faultText, refusalText, retryIn } from '../refusal-text.ts'
import { type RichText, rich, value } from '../text/rich-text.ts'
import type { LateAnswers } from './late-answers.ts'
import type { RateLimit } from './rate-limit.ts'
import { type Deed, readUpdate } from './read-update.ts'
import type { Strangers } from './strangers.ts'
import { readCommand, type Said, type Talk } from './talk.ts'
import type { Tap, Taps } from './taps.ts'

const STRANGER_UPDATES_MAX = 1_000

/** What became of an update: handled, or to be brought again later. */
export type Handled = 'handled' | 'again'

interface DeskOptions {
  readonly access: TelegramAccess
  readonly chat: ChatApi
  readonly chatIds: readonly string[]
  readonly owner: string
  readonly logger: Logger
  readonly talk: Talk
  readonly taps: Taps
  readonly strangers: Strangers
  readonly rateLimit: RateLimit
  readonly late: LateAnswers
}

/**
 * Takes updates one by one. An update of a paired user is held in the store while it is handled and marked when it was,
 * and every command it leads to carries its number as the idempotency key: however often it is brought, to whichever
 * host, it acts once.
 */
export class UpdateDesk {
  readonly #options: DeskOptions
  readonly #ofStrangers = new Set<number>()
  #username: string | null = null

  constructor(options: DeskOptions) {
    this.#options = options
  }

  /** The name by which commands in groups are for this bot. */
  set username(name: string) {
    this.#username = name.toLowerCase()
  }

  async handle(update: unknown): Promise<Handled> {
    const read = readUpdate(update)
    if (read?.deed == null) return 'handled'
    const { updateId, deed } = read
    if (!this.#concernsMe(deed)) return 'handled'
    const pairing = await pairingOf(this.#options.access, deed.telegramUserId)
    const client = pairing === null ? null : await this.#options.access.personOf(pairing)
    if (pairing === null || client === null) return this.#stranger(deed, updateId)
    return this.#ofPerson(deed, updateId, { telegramUserId: deed.telegramUserId, pairing, client })
  }

  /** Talk among people in a group is theirs; the bot hears commands for it, replies, taps, and threads. */
  #concernsMe(deed: Deed): boolean {
    if (deed.kind === 'tapped') return true
    const command = readCommand(deed.text)
    if (command?.bot != null && command.bot.toLowerCase() !== this.#username) return false
    return (
      deed.isPrivate ||
      command !== null ||
      deed.replyToId !== null ||
      deed.place.topicId != null ||
      deed.kind === 'edited'
    )
  }

  async #ofPerson(deed: Deed, updateId: number, person: Person): Promise<Handled> {
    const { bridge } = this.#options.access
    const held = { telegramUserId: person.telegramUserId, updateId, owner: this.#options.owner }
    const taken = unwrap(await bridge.telegram.takeUpdate(held))
    if (taken.isDone) return 'handled'
    if (!taken.taken) return 'again'
    await this.#act(deed, updateId, person)
    unwrap(await bridge.telegram.finishUpdate(held))
    return 'handled'
  }

  async #act(deed: Deed, updateId: number, person: Person): Promise<void> {
    if (!this.#mayUse(deed)) return this.#say(deed, rich('Not authorized.'))
    const waitMs = this.#countsAsCommand(deed) ? this.#options.rateLimit.take(person.telegramUserId) : 0
    if (waitMs > 0) return this.#say(deed, retryIn(waitMs))
    const answer = await this.#answer(deed, `telegram-${updateId}`, person)
    if (answer !== null) await this.#say(deed, answer)
  }

  #countsAsCommand(deed: Deed): boolean {
    return deed.kind === 'tapped' || (deed.kind === 'said' && readCommand(deed.text) !== null)
  }

  /** The chat is one of the installation's, or the person's own. */
  #mayUse({ place, telegramUserId, isPrivate }: Deed): boolean {
    return (isPrivate && place.chatId === telegramUserId) || this.#options.chatIds.includes(place.chatId)
  }

  async #answer(deed: Deed, key: string, person: Person): Promise<RichText | null> {
    try {
      return await this.#do(deed, key, person)
    } catch (error) {
      if (error instanceof Refused) return error.text
      if (error instanceof RefusedError) return refusalText(error.refusal)
      if (isMissionControlError(error)) {
        this.#options.logger.warn('an update failed', { key, code: error.code, error: error.message })
        return faultText(error)
      }
      const { statusCode, ...fault } = chatFault(error)
      // What a chat does not take now it never will, such as a card in a topic that is gone.
      if (statusCode === null || statusCode >= 500 || statusCode === 429) throw error
      this.#options.logger.warn('a chat did not take an answer', { key, statusCode, ...fault })
      return null
    }
  }

  #do(deed: Deed, key: string, person: Person): Promise<RichText | null> {
    const { talk, taps } = this.#options
    if (deed.kind === 'tapped') return taps.pressed(deed, person, key)
    if (deed.kind === 'edited') return talk.edited(deed, person, key)
    const command = readCommand(deed.text)
    if (command === null) return talk.words(deed, person, key)
    if (command.name === 'pair') return this.#pair(command.args, deed)
    return talk.command(command, deed, person, key)
  }

  /** Whom nobody knows: a code makes them known, anything else is refused and counted. */
  async #stranger(deed: Deed, updateId: number): Promise<Handled> {
    if (this.#ofStrangers.has(updateId)) return 'handled'
    this.#ofStrangers.add(updateId)
    const [oldest] = this.#ofStrangers
    if (this.#ofStrangers.size > STRANGER_UPDATES_MAX && oldest !== undefined) this.#ofStrangers.delete(oldest)
    const command = deed.kind === 'said' ? readCommand(deed.text) : null
    // In a group people talk to each other; only what is meant for the bot is a try.
    if (deed.kind !== 'tapped' && command === null && !deed.isPrivate) return 'handled'
    const isPairing = command?.name === 'pair' && deed.kind === 'said' && this.#mayUse(deed)
    const answer = isPairing ? await this.#pair(command.args, deed, updateId) : rich('Not authorized.')
    if (!isPairing || !answer.text.startsWith('Paired')) await this.#options.strangers.tried(deed.telegramUserId)
    await this.#say(deed, answer)
    return 'handled'
  }

  async #pair(code: string, { telegramUserId }: Said, updateId = 0): Promise<RichText> {
    if (code === '') return rich('Usage: /pair <code>')
    const paired = await this.#options.access.bridge.telegram.pair({
      code: code.slice(0, 64),
      telegramUserId,
      updateId,
    })
    if (paired.ok) return rich('Paired: you are ', value(paired.data.displayName), '. /help lists commands.')
    if (paired.error.code === 'UNAUTHENTICATED') return rich('This code is unknown, used or expired.')
    return refusalText(paired.error)
  }

  /** An answer that cannot be sent now is not worth doing the update again: what was committed stands. It comes later. */
  async #say(deed: Deed, text: RichText): Promise<void> {
    const { chat, late, logger } = this.#options
    const place = { ...deed.place, replyToId: deed.isPrivate ? null : deed.messageId }
    try {
      if (deed.kind === 'tapped') await this.#popUp(deed, text)
      else await chat.send(place, text)
    } catch (error) {
      const fault = chatFault(error)
      logger.warn('an answer was not sent', { chatId: deed.place.chatId, ...fault })
      // What pops up does so at once or never; the message that was pressed shows the outcome.
      if (deed.kind !== 'tapped' && !isForGood(fault)) late.add(place, text, fault.retryAfterMs)
    }
  }

  #popUp(tap: Tap, text: RichText): Promise<void> {
    return this.#options.chat.answer(tap.queryId, text.text)
  }
}
