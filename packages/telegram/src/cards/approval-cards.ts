import {
  type Approval,
  type Logger,
  type MissionControlClient,
  type TelegramMessage,
  unwrap,
} from '@mission-control/core'
import { type Button, type ChatApi, chatFault, type Place } from '../chat-api.ts'
import { digest, newNonce } from '../nonce.ts'
import { cardText, outcomeText } from './card-text.ts'

const DAY_MS = 86_400_000
const CARDS_MAX = 200

interface CardsOptions {
  readonly bridge: MissionControlClient
  readonly chat: ChatApi
  readonly logger: Logger
}

/** The labels under a request. */
function labels({ actionType }: Approval): { readonly yes: string; readonly no: string } {
  return { yes: actionType === 'BUDGET_OVERRIDE' ? 'Raise and resume' : 'Approve', no: 'Deny' }
}

/**
 * Requests as messages with buttons. What a message stands for is kept before it is sent, and every message of a
 * request is made to say how it ended, wherever it was decided.
 */
export class ApprovalCards {
  readonly #options: CardsOptions
  /** What buttons send is only in the chats; here it is for as long as this process knows it, for edits. */
  readonly #nonces = new Map<string, readonly Button[]>()

  constructor(options: CardsOptions) {
    this.#options = options
  }

  /** Shows a request in a chat. */
  async post(approval: Approval, place: Place): Promise<string> {
    const { bridge, chat } = this.#options
    const { text, isWhole } = await this.#text(approval)
    const { yes, no } = labels(approval)
    const yesButton = isWhole ? { label: yes, nonce: newNonce() } : null
    const noButton = { label: no, nonce: newNonce() }
    const { projectId } = approval
    const kept = unwrap(
      await bridge.telegram.keepMessage({
        projectId,
        kind: 'APPROVAL',
        subject: subjectOf(approval),
        chatId: place.chatId,
        ...(place.topicId == null ? {} : { topicId: place.topicId }),
        ...(yesButton === null ? {} : { yesHash: await digest(yesButton.nonce) }),
        noHash: await digest(noButton.nonce),
        shown: await digest(text.text),
        validMs: Math.min(Math.max(1, approval.expiresAt - approval.createdAt), 7 * DAY_MS),
      }),
    )
    const buttons = [...(yesButton === null ? [] : [yesButton]), noButton]
    const sent = await chat.send(place, text, { buttons })
    this.#nonces.set(kept.id, buttons)
    unwrap(
      await bridge.telegram.changeMessage({
        projectId,
        telegramMessageId: kept.id,
        messageId: sent.message_id,
      }),
    )
    return `${place.chatId}/${sent.message_id}`
  }

  /** Whether a chat shows the request. */
  async isShown(approval: Approval, chatId: string): Promise<boolean> {
    const { data } = unwrap(
      await this.#options.bridge.telegram.messages({
        kind: 'APPROVAL',
        subject: subjectOf(approval),
        chatId,
        limit: 50,
      }),
    )
    return data.some(({ messageId }) => messageId !== null)
  }

  /** Makes every message of one request say how it stands. */
  async showTruth(projectId: string, approvalId: string): Promise<void> {
    const { bridge, logger } = this.#options
    const found = await bridge.approvals.get({ projectId, approvalId })
    if (!found.ok) return
    const page = unwrap(
      await bridge.telegram.messages({
        kind: 'APPROVAL',
        subject: subjectOf(found.data),
        isOpen: true,
        limit: CARDS_MAX,
      }),
    )
    for (const card of page.data) {
      try {
        await this.#show(card, found.data)
      } catch (error) {
        // The next round tries again; the decision stands whether or not it shows.
        logger.warn('a card was not changed', { telegramMessageId: card.id, ...chatFault(error) })
      }
    }
  }

  /** Looks after every message that may show something old: those of requests that have ended elsewhere. */
  async refresh(): Promise<void> {
    const page = unwrap(
      await this.#options.bridge.telegram.messages({ kind: 'APPROVAL', isOpen: true, limit: CARDS_MAX }),
    )
    const requests = new Map(page.data.map((card) => [card.subject, card]))
    for (const { projectId, subject } of requests.values()) {
      await this.showTruth(projectId, subject.slice(subject.indexOf('/') + 1))
    }
  }

  async #show(card: TelegramMessage, approval: Approval): Promise<void> {
    const { bridge, chat } = this.#options
    const { projectId, id: telegramMessageId, chatId, messageId } = card
    const isOver = approval.status !== 'PENDING'
    if (messageId === null) {
      // The host died before it was sent, or has not sent it yet: it shows nothing that could be old.
      if (isOver) unwrap(await bridge.telegram.changeMessage({ projectId, telegramMessageId, isClosed: true }))
      return
    }
    if (isOver) {
      await chat.edit(chatId, messageId, outcomeText(approval))
      unwrap(await bridge.telegram.changeMessage({ projectId, telegramMessageId, isClosed: true }))
      this.#nonces.delete(card.id)
      return
    }
    const buttons = this.#nonces.get(card.id)
    if (approval.decisions.length === 0 || buttons === undefined) return
    const { text } = await this.#text(approval)
    const shown = await digest(text.text)
    if (shown === card.shown) return
    await chat.edit(chatId, messageId, text, { buttons })
    unwrap(await bridge.telegram.changeMessage({ projectId, telegramMessageId, shown }))
  }

  async #text(approval: Approval) {
    const { bridge } = this.#options
    const { projectId, onBehalfOfAgentId: agentId } = approval
    const found = agentId === null ? null : await bridge.agents.get({ projectId, agentId })
    const name = found?.ok === true ? found.data.agent.name : '–'
    const { now } = unwrap(await bridge.telegram.outbox({}))
    return cardText(approval, name, now)
  }
}

/** What a card's message stands for. */
export function subjectOf({ id }: Pick<Approval, 'id'>): string {
  return `approval/${id}`
}
