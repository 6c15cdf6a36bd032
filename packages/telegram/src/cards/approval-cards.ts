import {
  type Approval,
  type Logger,
  type MissionControlClient,
  type TelegramCard,
  type TelegramMessage,
  unwrap,
} from '@mission-control/core'
import { type Button, type ChatApi, chatFault, isForGood, type Place } from '../chat-api.ts'
import { digest, newNonce } from '../nonce.ts'
import { cardText, outcomeText } from './card-text.ts'

const DAY_MS = 86_400_000
const CARDS_MAX = 200
/** A card that is not known to be in its chat after this never arrived, or is found when somebody presses it. */
const UNDER_WAY_MS = 120_000

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
 * request is made to say how it ended, wherever it was decided and whichever host sent it.
 */
export class ApprovalCards {
  readonly #options: CardsOptions

  constructor(options: CardsOptions) {
    this.#options = options
  }

  /** Shows a request in a chat. */
  async post(approval: Approval, place: Place, now: number): Promise<void> {
    const { bridge, chat } = this.#options
    const { text, isWhole } = await this.#text(approval, now)
    const { buttons, hashes } = await newButtons(approval, isWhole)
    const { projectId } = approval
    const kept = unwrap(
      await bridge.telegram.keepMessage({
        projectId,
        kind: 'APPROVAL',
        subject: subjectOf(approval),
        chatId: place.chatId,
        ...(place.topicId == null ? {} : { topicId: place.topicId }),
        ...hashes,
        shown: await votesShown(approval),
        validMs: Math.min(Math.max(1, approval.expiresAt - now), 7 * DAY_MS),
      }),
    )
    const sent = await chat.send(place, text, { buttons })
    await this.placed(kept, sent.message_id)
  }

  /** Writes down where a message is. */
  async placed({ projectId, id: telegramMessageId }: TelegramMessage, messageId: number): Promise<void> {
    unwrap(await this.#options.bridge.telegram.changeMessage({ projectId, telegramMessageId, messageId }))
  }

  /** When the newest message of the request came into a chat; null where none is. */
  async shownAt(approval: Approval, chatId: string): Promise<number | null> {
    const { data } = unwrap(
      await this.#options.bridge.telegram.messages({
        kind: 'APPROVAL',
        subject: subjectOf(approval),
        chatId,
        limit: 50,
      }),
    )
    return data.find(({ messageId }) => messageId !== null)?.createdAt ?? null
  }

  /** Makes every message of one request say how it stands. */
  async showTruth(projectId: string, approvalId: string, now: number): Promise<void> {
    const { bridge } = this.#options
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
    await this.refresh(
      page.data.map((card) => ({ card, approval: found.data })),
      now,
    )
  }

  /** Makes these messages say how their requests stand. */
  async refresh(stale: readonly TelegramCard[], now: number): Promise<void> {
    const { bridge, logger } = this.#options
    for (const { card, approval } of stale) {
      try {
        await this.#show(card, approval, now)
      } catch (error) {
        const fault = chatFault(error)
        const { projectId, id: telegramMessageId } = card
        // The decision stands whether or not it shows. A message that is gone is not tried again; others are.
        logger.warn('a card was not changed', { telegramMessageId, ...fault })
        if (isForGood(fault))
          unwrap(await bridge.telegram.changeMessage({ projectId, telegramMessageId, isClosed: true }))
      }
    }
  }

  /**
   * Shows the request anew in a message that somebody pressed, with buttons that work: what they sent is not known, or
   * not from there.
   */
  async renew(card: TelegramMessage, approval: Approval, now: number): Promise<void> {
    if (card.messageId === null) return
    if (approval.status === 'PENDING' && card.closedAt === null) return this.#giveButtons(card, approval, now)
    await this.#options.chat.edit(card.chatId, card.messageId, outcomeText(approval))
  }

  async #show(card: TelegramMessage, approval: Approval, now: number): Promise<void> {
    const { bridge, chat } = this.#options
    const { projectId, id: telegramMessageId, chatId, messageId } = card
    if (approval.status !== 'PENDING') {
      // On its way into the chat at this moment, or its host died; what is under way is edited once it is known where.
      if (messageId === null && now - card.createdAt < UNDER_WAY_MS) return
      if (messageId !== null) await chat.edit(chatId, messageId, outcomeText(approval))
      unwrap(await bridge.telegram.changeMessage({ projectId, telegramMessageId, isClosed: true }))
      return
    }
    if (messageId === null || card.shown === (await votesShown(approval))) return
    await this.#giveButtons(card, approval, now)
  }

  /**
   * An edit needs the buttons again, and what they sent is nowhere but in the chat: so they are new ones, and what the
   * old ones sent works no more. Until the edit is made the card counts as showing something else, so that whoever
   * comes after a host that died here edits it again.
   */
  async #giveButtons(card: TelegramMessage, approval: Approval, now: number): Promise<void> {
    const { bridge, chat } = this.#options
    const { projectId, id: telegramMessageId, chatId, messageId } = card
    if (messageId === null) return
    const { text, isWhole } = await this.#text(approval, now)
    const { buttons, hashes } = await newButtons(approval, isWhole)
    const change = { projectId, telegramMessageId }
    const editing = { ...hashes, shown: hashes.noHash, ...(card.shown === null ? {} : { showsNow: card.shown }) }
    const begun = await bridge.telegram.changeMessage({ ...change, ...editing })
    // Another host edits it at this moment, and is right as well.
    if (!begun.ok && begun.error.code === 'VERSION_CONFLICT') return
    unwrap(begun)
    await chat.edit(chatId, messageId, text, { buttons })
    const shown = await votesShown(approval)
    const done = await bridge.telegram.changeMessage({ ...change, shown, showsNow: hashes.noHash })
    if (!done.ok && done.error.code !== 'VERSION_CONFLICT') unwrap(done)
  }

  async #text(approval: Approval, now: number) {
    const { bridge } = this.#options
    const { projectId, onBehalfOfAgentId: agentId } = approval
    const found = agentId === null ? null : await bridge.agents.get({ projectId, agentId })
    const name = found?.ok === true ? found.data.agent.name : '–'
    return cardText(approval, name, now)
  }
}

interface NewButtons {
  readonly buttons: readonly Button[]
  readonly hashes: { readonly yesHash?: string; readonly noHash: string }
}

/** What is not shown whole has no button to approve. */
async function newButtons(approval: Approval, isWhole: boolean): Promise<NewButtons> {
  const { yes, no } = labels(approval)
  const noButton = { label: no, nonce: newNonce() }
  const noHash = await digest(noButton.nonce)
  if (!isWhole) return { buttons: [noButton], hashes: { noHash } }
  const yesButton = { label: yes, nonce: newNonce() }
  return { buttons: [yesButton, noButton], hashes: { yesHash: await digest(yesButton.nonce), noHash } }
}

/** What a card shows that can change while its request waits: the votes. */
function votesShown({ id, decisions }: Approval): Promise<string> {
  return digest(JSON.stringify([id, decisions.map(({ principalId, verdict }) => [principalId, verdict])]))
}

/** What a card's message stands for. */
export function subjectOf({ id }: Pick<Approval, 'id'>): string {
  return `approval/${id}`
}
