import { type Logger, type MissionControlClient, type TelegramWork, unwrap } from '@mission-control/core'
import type { ApprovalCards } from '../cards/approval-cards.ts'
import { chatFault } from '../chat-api.ts'
import type { ThreadMirror } from '../threads/thread-mirror.ts'
import type { Lead } from '../updates/lead.ts'
import type { OutboxSender } from './outbox-sender.ts'

/** How far the log was followed is written down at each thing shown, and otherwise not more often than this. */
const NOTED_MS = 30_000

interface PusherOptions {
  readonly bridge: MissionControlClient
  readonly lead: Lead
  readonly sender: OutboxSender
  readonly cards: ApprovalCards
  readonly mirror: ThreadMirror | null
  readonly logger: Logger
}

/** Does what there is to do, by the one host that leads. One look tells all of it, so that idling costs one read. */
export class Pusher {
  readonly #options: PusherOptions
  /** Where this host has read on to, past events that no thread shows. */
  #cursor: string | null = null
  #notedAt = 0

  constructor(options: PusherOptions) {
    this.#options = options
  }

  async push(): Promise<void> {
    const { bridge, lead, sender, cards, logger } = this.#options
    const { isMine, cursor } = await lead.take()
    if (!isMine) return
    const after = later(cursor, this.#cursor)
    const work = unwrap(await bridge.telegram.work(after === null ? {} : { after }))
    const rounds = [
      () => sender.sendDue(work.notes, work.now),
      () => cards.refresh(work.cards, work.now),
      () => this.#follow(work),
    ]
    for (const round of rounds) {
      try {
        await round()
      } catch (error) {
        // One round that fails does not keep the others from theirs; it is done again at the next tick.
        logger.warn('a round of pushing failed', { ...chatFault(error) })
      }
    }
  }

  async #follow({ news, now, cursor }: TelegramWork): Promise<void> {
    const { lead, mirror } = this.#options
    const note = async (shown: string) => {
      this.#cursor = shown
      return lead.note(shown)
    }
    const isDone = mirror === null || (await mirror.follow(news, now, note))
    if (!isDone || cursor === null) return
    this.#cursor = cursor
    if (now - this.#notedAt < NOTED_MS) return
    this.#notedAt = now
    await lead.note(cursor)
  }
}

/** Cursors sort as the log does. */
function later(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other
  return one > other ? one : other
}
