import { type Project, type TelegramMessage, unwrap } from '@mission-control/core'
import type { TelegramAccess } from '../access.ts'
import type { ApprovalCards } from '../cards/approval-cards.ts'
import type { Prompts } from '../cards/prompts.ts'
import type { ChatApi } from '../chat-api.ts'
import { dataOf, type Person } from '../commands/chat-command.ts'
import { passVerdict } from '../commands/decide.ts'
import { digest, digestsEqual, isNonce } from '../nonce.ts'
import { type RichText, rich } from '../text/rich-text.ts'
import type { Deed } from './read-update.ts'

export type Tap = Extract<Deed, { kind: 'tapped' }>

const SPENT = rich('This button does nothing any more. /my_approvals shows what waits.')
const RENEWED = rich('This message was old: look at it again, then press.')

interface TapsOptions {
  readonly access: TelegramAccess
  readonly chat: ChatApi
  readonly cards: ApprovalCards
  readonly prompts: Prompts
}

/** What presses of buttons do. A press decides as whoever pressed; what it sent only says which button it was. */
export class Taps {
  readonly #options: TapsOptions

  constructor(options: TapsOptions) {
    this.#options = options
  }

  /** Acts on a press and gives what pops up: what was committed, or the truth about why nothing was. */
  async pressed(tap: Tap, person: Person, key: string): Promise<RichText> {
    const hash = await digest(tap.sent)
    const button = (await this.#find({ yesHash: hash })) ?? (await this.#find({ noHash: hash }))
    if (button === null) return this.#oldButton(tap, person)
    const isHere =
      button.chatId === tap.place.chatId && (button.messageId === null || button.messageId === tap.messageId)
    if (!isHere) return SPENT
    if (button.kind === 'APPROVAL' && button.messageId === null && tap.messageId !== null) {
      // The host that sent it died before it wrote down where it is.
      await this.#options.cards.placed(button, tap.messageId)
      if (button.closedAt !== null) return this.#oldButton(tap, person)
    }
    const isYes = button.yesHash !== null && digestsEqual(button.yesHash, hash)
    return button.kind === 'CONFIRM'
      ? this.#stop(button, tap, person, key)
      : this.#decide({ button, tap, person, key, isYes })
  }

  async #find(by: { yesHash?: string; noHash?: string; chatId?: string; messageId?: number }) {
    const { data } = unwrap(await this.#options.access.bridge.telegram.messages({ ...by, limit: 1 }))
    return data[0] ?? null
  }

  /** A button that nobody knows, under a message that somebody may know. */
  async #oldButton({ place, messageId, sent }: Tap, { client, pairing }: Person): Promise<RichText> {
    const known = messageId === null || !isNonce(sent) ? null : await this.#find({ chatId: place.chatId, messageId })
    if (known === null || known.kind !== 'APPROVAL') return SPENT
    const { projectId, subject } = known
    const found = await client.approvals.get({ projectId, approvalId: subject.slice(subject.indexOf('/') + 1) })
    if (!found.ok) return SPENT
    await this.#options.cards.renew(known, found.data, pairing.readAt)
    return found.data.status === 'PENDING' ? RENEWED : rich(`Already ${found.data.status}.`)
  }

  async #decide(pressed: {
    readonly button: TelegramMessage
    readonly tap: Tap
    readonly person: Person
    readonly key: string
    readonly isYes: boolean
  }): Promise<RichText> {
    const { button, tap, person, key, isYes } = pressed
    const { cards, prompts } = this.#options
    const { projectId, subject } = button
    const approvalId = subject.slice(subject.indexOf('/') + 1)
    // As the person sees it: a project that is closed to them has no requests.
    const approval = dataOf(await person.client.approvals.get({ projectId, approvalId }), {
      id: `#${approvalId.slice(-6)}`,
    })
    if (approval.status === 'PENDING' && approval.expiresAt <= person.pairing.readAt) return rich('Already EXPIRED.')
    const verdict = isYes ? 'APPROVE' : 'DENY'
    const needsReason = verdict === 'DENY' || approval.riskLevel === 'RED'
    if (approval.status === 'PENDING' && needsReason) {
      if (!person.pairing.permissions.includes('approvals.decide')) return rich('You lack approvals.decide.')
      await prompts.askWhy({
        approval,
        verdict,
        telegramUserId: person.telegramUserId,
        place: { ...tap.place, replyToId: tap.messageId },
      })
      return rich('Reply with the reason.')
    }
    const given = { verdict, reason: null, oneTimeCode: null } as const
    return passVerdict({ person, key, cards }, approval, given)
  }

  async #stop(button: TelegramMessage, tap: Tap, person: Person, key: string): Promise<RichText> {
    const { chat, prompts } = this.#options
    const now = person.pairing.readAt
    if (button.forUserId !== person.telegramUserId) return rich('Not authorized.')
    if (button.closedAt !== null || button.expiresAt === null || button.expiresAt <= now) {
      return rich('This has expired: /stop_all asks again.')
    }
    const project = dataOf(await person.client.projects.get({ project: button.projectId }))
    const stopped = await stopEverything(person, project, key)
    const text = rich(`Stopped: ${stopped.agents} agents, ${stopped.runs} runs, ${stopped.tasks} tasks blocked.`)
    await prompts.close(button)
    if (tap.messageId !== null) await chat.edit(tap.place.chatId, tap.messageId, text)
    return text
  }
}

const ROUNDS_MAX = 20

/** Asks again while a command of the core says that some may be left. */
async function stopEverything(person: Person, { id: projectId }: Project, key: string) {
  const sum = { agents: 0, runs: 0, tasks: 0 }
  for (let round = 1; round <= ROUNDS_MAX; round++) {
    const done = dataOf(
      await person.client.projects.emergencyStop(
        { projectId, reason: '/stop_all in Telegram' },
        { idempotencyKey: `${key}-${round}` },
      ),
      { permission: 'agents.control' },
    )
    sum.agents += done.agentsPaused
    sum.runs += done.runsStopped
    sum.tasks += done.tasksBlocked
    if (!done.isPartial) break
  }
  return sum
}
