import { type Logger, type Notification, unwrap } from '@mission-control/core'
import type { TelegramAccess } from '../access.ts'
import type { ApprovalCards } from '../cards/approval-cards.ts'
import { type ChatApi, chatFault } from '../chat-api.ts'
import { rich, value } from '../text/rich-text.ts'
import { foldedText, noteText } from './note-text.ts'

const LEASE_MS = 120_000
/** More notices than these at once are one message. */
const SEPARATE_MAX = 5
const FOLDED_LINES_MAX = 10
const REMEMBERED_MAX = 2_000
const NOT_LINKED = 404

interface SenderOptions {
  readonly access: TelegramAccess
  readonly chat: ChatApi
  readonly chatIds: readonly string[]
  readonly cards: ApprovalCards
  readonly logger: Logger
}

type Result = Parameters<TelegramAccess['bridge']['notifications']['settle']>[0]['result']

/** Brings notes of the outbox into chats. Notes are leased, so of many hosts one sends each. */
export class OutboxSender {
  readonly #options: SenderOptions
  /** Which chats have a note already, so that the failure of one chat does not repeat it in another. */
  readonly #delivered = new Set<string>()

  constructor(options: SenderOptions) {
    this.#options = options
  }

  /** Sends what is due; gives how many notes. */
  async sendDue(): Promise<number> {
    const { bridge } = this.#options.access
    const { notes } = unwrap(await bridge.telegram.outbox({}))
    let sent = 0
    for (const projectId of new Set(notes.map((note) => note.projectId))) {
      const notificationIds = notes.filter((note) => note.projectId === projectId).map(({ id }) => id)
      const { leased } = unwrap(await bridge.notifications.lease({ projectId, notificationIds, leaseMs: LEASE_MS }))
      sent += await this.#sendAll(leased)
    }
    return sent
  }

  async #sendAll(leased: readonly Notification[]): Promise<number> {
    const isNotice = ({ targetKind, type }: Notification) => targetKind === 'OPERATORS' && type === 'ALERT'
    const notices = leased.filter(isNotice)
    const isFolded = notices.length > SEPARATE_MAX
    if (isFolded) {
      const result = await this.#fold(notices)
      for (const note of notices) await this.#settle(note, result)
    }
    for (const note of leased) {
      if (!isFolded || !isNotice(note)) await this.#settle(note, await this.#send(note))
    }
    return leased.length
  }

  #fold(notices: readonly Notification[]): Promise<Result> {
    const { chat, chatIds } = this.#options
    const key = notices.map(({ id }) => id).join()
    const text = foldedText(notices, FOLDED_LINES_MAX)
    return this.#toEach(key, chatIds, (chatId) => chat.send({ chatId }, text))
  }

  async #send(note: Notification): Promise<Result> {
    const { access, chat, cards, logger } = this.#options
    try {
      const chatIds = await this.#chatsFor(note)
      if (chatIds.length === 0) {
        return {
          status: 'FAILED',
          error: 'this person has not paired Telegram',
          statusCode: NOT_LINKED,
          retryAfterMs: null,
        }
      }
      const approval = note.type === 'APPROVAL_REQUESTED' ? await this.#requestOf(note) : null
      if (approval !== null) {
        return await this.#toEach(note.id, chatIds, async (chatId) => {
          if (!(await cards.isShown(approval, chatId))) return cards.post(approval, { chatId })
          return chat.send({ chatId }, rich('⏰ ', value(note.title), ' /my_approvals'))
        })
      }
      const text = await noteText(access.bridge, note)
      const shown = { isSilent: note.type === 'DIGEST' }
      return await this.#toEach(note.id, chatIds, (chatId) => chat.send({ chatId }, text, shown))
    } catch (error) {
      logger.warn('a note was not sent', { id: note.id, error: String(error) })
      return { status: 'FAILED', error: String(error).slice(0, 500), statusCode: null, retryAfterMs: null }
    }
  }

  async #chatsFor({ targetKind, targetId }: Notification): Promise<readonly string[]> {
    if (targetKind !== 'PRINCIPAL') return this.#options.chatIds
    const { data } = unwrap(await this.#options.access.bridge.telegram.links({ principalId: targetId }))
    // The private chat with a person has that person's number.
    return data.filter(({ isActive }) => isActive).map(({ link }) => link.telegramUserId)
  }

  async #requestOf({ projectId, refs }: Notification) {
    if (refs.approvalId === null) return null
    const found = await this.#options.access.bridge.approvals.get({ projectId, approvalId: refs.approvalId })
    return found.ok && found.data.status === 'PENDING' ? found.data : null
  }

  async #toEach(key: string, chatIds: readonly string[], send: (chatId: string) => Promise<unknown>): Promise<Result> {
    let failed: Result | null = null
    for (const chatId of chatIds) {
      const mark = `${key}/${chatId}`
      if (this.#delivered.has(mark)) continue
      try {
        await send(chatId)
        this.#remember(mark)
      } catch (error) {
        failed = { status: 'FAILED', ...chatFault(error) }
        this.#options.logger.warn('a chat did not take a note', { chatId, ...failed })
      }
    }
    return failed ?? { status: 'SENT', externalId: null }
  }

  #remember(mark: string): void {
    this.#delivered.add(mark)
    const [oldest] = this.#delivered
    if (this.#delivered.size > REMEMBERED_MAX && oldest !== undefined) this.#delivered.delete(oldest)
  }

  async #settle(note: Notification, result: Result): Promise<void> {
    const { projectId, id: notificationId, attempts: attempt } = note
    unwrap(await this.#options.access.bridge.notifications.settle({ projectId, notificationId, attempt, result }))
  }
}
