import { type Logger, type Notification, type TelegramNote, unwrap } from '@mission-control/core'
import type { TelegramAccess } from '../access.ts'
import type { ApprovalCards } from '../cards/approval-cards.ts'
import { type ChatApi, chatFault } from '../chat-api.ts'
import { rich, value } from '../text/rich-text.ts'
import { foldedText, noteText } from './note-text.ts'
import { Pace } from './pace.ts'

const LEASE_MS = 120_000
const FOLDED_LINES_MAX = 10
const REMEMBERED_MAX = 2_000
const NOT_LINKED = 404

interface SenderOptions {
  readonly access: TelegramAccess
  readonly chat: ChatApi
  readonly chatIds: readonly string[]
  readonly cards: ApprovalCards
  readonly logger: Logger
  readonly now: () => number
}

type Result = Parameters<TelegramAccess['bridge']['notifications']['settle']>[0]['result']

const SENT: Result = { status: 'SENT', externalId: null }

/** Brings notes of the outbox into chats. Notes are leased, so of many hosts one sends each. */
export class OutboxSender {
  readonly #options: SenderOptions
  readonly #pace: Pace
  /** Which chats have a note already, so that the failure of one chat does not repeat it in another. */
  readonly #delivered = new Set<string>()

  constructor(options: SenderOptions) {
    this.#options = options
    this.#pace = new Pace(options.now)
  }

  /** Sends what is due, to each target what it has room for and the rest as one message. */
  async sendDue(due: readonly TelegramNote[], now: number): Promise<void> {
    for (const target of new Set(due.map(targetOf))) {
      const mine = due.filter((one) => targetOf(one) === target)
      const { separate, folded } = this.#planned(mine, target)
      for (const one of await this.#leased(separate)) {
        this.#pace.sentSeparately(target)
        await this.#settle(one.note, await this.#send(one, now))
      }
      const many = await this.#leased(folded)
      if (many.length > 0) {
        this.#pace.sentFolded(target)
        const result = await this.#fold(many)
        for (const { note } of many) await this.#settle(note, result)
      }
    }
  }

  /** What is left out of both stays due until there is room again. */
  #planned(
    due: readonly TelegramNote[],
    target: string,
  ): { readonly separate: readonly TelegramNote[]; readonly folded: readonly TelegramNote[] } {
    const room = this.#pace.room(target)
    if (due.length <= room) return { separate: due, folded: [] }
    // What can be decided is worth a message of its own, the gravest and soonest to expire before others.
    const separate = due
      .filter(({ approval }) => approval?.status === 'PENDING')
      .toSorted(byUrgency)
      .slice(0, room)
    const folded = this.#pace.mayFold(target) ? due.filter((one) => !separate.includes(one)) : []
    return { separate, folded }
  }

  /** Takes notes, so that no other host sends them; gives those that were still to be had. */
  async #leased(due: readonly TelegramNote[]): Promise<readonly TelegramNote[]> {
    const taken = new Map<string, Notification>()
    for (const projectId of new Set(due.map(({ note }) => note.projectId))) {
      const notificationIds = due.filter(({ note }) => note.projectId === projectId).map(({ note }) => note.id)
      const lease = { projectId, notificationIds, leaseMs: LEASE_MS }
      for (const note of unwrap(await this.#options.access.bridge.notifications.lease(lease)).leased)
        taken.set(note.id, note)
    }
    return due.flatMap((one) => {
      const note = taken.get(one.note.id)
      return note === undefined ? [] : [{ ...one, note }]
    })
  }

  async #fold(due: readonly TelegramNote[]): Promise<Result> {
    const [first] = due
    if (first === undefined) return SENT
    if (due.length === 1) return this.#tell(first)
    const key = due.map(({ note }) => note.id).join()
    const text = foldedText(due, FOLDED_LINES_MAX)
    return this.#toEach(key, first.note, (chatId) => this.#options.chat.send({ chatId }, text))
  }

  async #send(due: TelegramNote, now: number): Promise<Result> {
    const { chat, cards } = this.#options
    const { note, approval } = due
    if (note.type !== 'APPROVAL_REQUESTED' || approval === null) return this.#tell(due)
    // Whoever has decided need not be asked.
    if (approval.status !== 'PENDING') return SENT
    return this.#toEach(note.id, note, async (chatId) => {
      const shownAt = await cards.shownAt(approval, chatId)
      if (shownAt === null) return cards.post(approval, { chatId }, now)
      // A card that is older than the note is what the note reminds of; a newer one is the note's own.
      if (shownAt < note.createdAt) await chat.send({ chatId }, rich('⏰ ', value(note.title), ' /my_approvals'))
    })
  }

  async #tell(due: TelegramNote): Promise<Result> {
    const { access, chat } = this.#options
    const shown = { isSilent: due.note.type === 'DIGEST' }
    const text = await noteText(access.bridge, due)
    return this.#toEach(due.note.id, due.note, (chatId) => chat.send({ chatId }, text, shown))
  }

  async #chatsFor({ targetKind, targetId }: Notification): Promise<readonly string[]> {
    if (targetKind !== 'PRINCIPAL') return this.#options.chatIds
    const { data } = unwrap(await this.#options.access.bridge.telegram.links({ principalId: targetId }))
    // The private chat with a person has that person's number.
    return data.filter(({ isActive }) => isActive).map(({ link }) => link.telegramUserId)
  }

  async #toEach(key: string, target: Notification, send: (chatId: string) => Promise<unknown>): Promise<Result> {
    const chatIds = await this.#chatsFor(target)
    if (chatIds.length === 0) {
      const error = 'this person has not paired Telegram'
      return { status: 'FAILED', error, statusCode: NOT_LINKED, retryAfterMs: null }
    }
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
    return failed ?? SENT
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

function targetOf({ note }: TelegramNote): string {
  return `${note.targetKind}/${note.targetId}`
}

function byUrgency({ approval: one }: TelegramNote, { approval: other }: TelegramNote): number {
  if (one === null || other === null) return 0
  if (one.riskLevel !== other.riskLevel) return one.riskLevel === 'RED' ? -1 : 1
  return one.expiresAt - other.expiresAt
}
