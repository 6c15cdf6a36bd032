import {
  type Approval,
  type MissionControlClient,
  type Project,
  type TelegramMessage,
  unwrap,
} from '@mission-control/core'
import type { ChatApi, Place } from '../chat-api.ts'
import { digest, newNonce } from '../nonce.ts'
import { rich, value } from '../text/rich-text.ts'
import { approvalRef } from '../text/words.ts'
import { subjectOf } from './approval-cards.ts'

const CONFIRM_MS = 60_000
const PROMPT_MS = 60 * 60_000

interface PromptsOptions {
  readonly bridge: MissionControlClient
  readonly chat: ChatApi
}

/** Questions of the bot to one person: for a reason, or whether everything shall stop. */
export class Prompts {
  readonly #options: PromptsOptions

  constructor(options: PromptsOptions) {
    this.#options = options
  }

  /** Asks why; the reply of that person to the question decides. */
  async askWhy(about: {
    readonly approval: Approval
    readonly verdict: 'APPROVE' | 'DENY'
    readonly telegramUserId: string
    readonly place: Place
  }): Promise<void> {
    const { bridge, chat } = this.#options
    const { approval, verdict, telegramUserId, place } = about
    const { projectId } = approval
    const verb = verdict === 'APPROVE' ? 'approve' : 'deny'
    const hint = approval.riskLevel === 'RED' ? ' Add otp:<code> if you have one-time codes.' : ''
    const question = rich(
      `Why ${verb} ${approvalRef(approval)} `,
      value(approval.actionSummary.slice(0, 200)),
      `? Reply to this message.${hint}`,
    )
    const sent = await chat.send(place, question, { asksReply: true })
    unwrap(
      await bridge.telegram.keepMessage({
        projectId,
        kind: 'PROMPT',
        subject: subjectOf(approval),
        chatId: place.chatId,
        messageId: sent.message_id,
        verdict,
        forUserId: telegramUserId,
        validMs: PROMPT_MS,
      }),
    )
  }

  /** Asks whether everything shall stop; for one minute, that person's press does it. */
  async askToStop(about: {
    readonly telegramUserId: string
    readonly project: Project
    readonly place: Place
  }): Promise<void> {
    const { bridge, chat } = this.#options
    const { telegramUserId, project, place } = about
    const nonce = newNonce()
    const kept = unwrap(
      await bridge.telegram.keepMessage({
        projectId: project.id,
        kind: 'CONFIRM',
        subject: `project/${project.id}`,
        chatId: place.chatId,
        yesHash: await digest(nonce),
        forUserId: telegramUserId,
        validMs: CONFIRM_MS,
      }),
    )
    const sent = await chat.send(place, rich('Stop everything in ', value(project.name), '?'), {
      buttons: [{ label: 'Confirm stop', nonce }],
    })
    await this.#change(kept, { messageId: sent.message_id })
  }

  /** A question is answered; nobody answers it again. */
  async close(question: TelegramMessage): Promise<void> {
    await this.#change(question, { isClosed: true })
  }

  async #change({ projectId, id }: TelegramMessage, change: { messageId?: number; isClosed?: true }): Promise<void> {
    unwrap(await this.#options.bridge.telegram.changeMessage({ projectId, telegramMessageId: id, ...change }))
  }
}
