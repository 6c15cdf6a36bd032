import type { MissionControlClient } from '../client.ts'
import type { Approval } from '../model/approval.ts'
import type { Notification } from '../model/notification.ts'
import type { Logger } from '../ports/logger.ts'
import type { ApprovalChannel, CardDecision, NotificationChannel } from '../ports/notification-channel.ts'
import type { Storage } from '../ports/storage.ts'

const CARDS_MAX = 50

interface CardsOptions {
  readonly storage: Storage
  readonly system: MissionControlClient
  readonly clientOf: (principalId: string) => Promise<MissionControlClient>
  readonly channels: readonly NotificationChannel[]
  readonly logger: Logger
}

/** Keeps the cards of requests true: presses on them decide, and outcomes show on them. */
export class ApprovalCards {
  readonly #options: CardsOptions
  readonly #stops: readonly (() => void)[]

  constructor(options: CardsOptions) {
    this.#options = options
    this.#stops = options.channels.flatMap(({ approvals }) =>
      approvals === undefined ? [] : [approvals.onDecision((decision) => this.#decide(decision))],
    )
  }

  /** The request that a note asks people to decide, while there is still something to decide. */
  async requestOf(note: Notification): Promise<Approval | null> {
    const { approvalId } = note.refs
    if (note.type !== 'APPROVAL_REQUESTED' || approvalId === null) return null
    const found = await this.#options.system.approvals.get({ projectId: note.projectId, approvalId })
    return found.ok && found.data.status === 'PENDING' ? found.data : null
  }

  /** Tells every card whose request has ended how it ended; gives how many. */
  async update(): Promise<number> {
    let updated = 0
    for (const { channel, approvals } of this.#options.channels) {
      if (approvals === undefined) continue
      const { rows } = await this.#options.storage.queries.page({
        kind: 'notification',
        filters: [
          { field: 'status', op: 'eq', value: 'SENT' },
          { field: 'channel', op: 'eq', value: channel },
          { field: 'type', op: 'eq', value: 'APPROVAL_REQUESTED' },
          { field: 'externalId', op: 'ne', value: null },
        ],
        order: [{ field: 'createdAt', direction: 'asc' }],
        limit: CARDS_MAX,
      })
      for (const note of rows) if (await this.#updateCard(approvals, note)) updated++
    }
    return updated
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }

  /** In the name of whoever pressed, with that person's rights and no more. */
  async #decide({ principalId, approvalId, projectId, verdict, reason }: CardDecision): Promise<void> {
    const client = await this.#options.clientOf(principalId)
    const input = { approvalId, projectId, verdict, ...(reason === undefined ? {} : { reason }) }
    const outcome = await client.approvals.decide(input)
    if (!outcome.ok) this.#options.logger.info('a press was refused', { approvalId, code: outcome.error.code })
  }

  async #updateCard(approvals: ApprovalChannel, note: Notification): Promise<boolean> {
    const { system, logger } = this.#options
    const { approvalId } = note.refs
    if (approvalId === null || note.externalId === null) return false
    try {
      const found = await system.approvals.get({ projectId: note.projectId, approvalId })
      if (!found.ok || found.data.status === 'PENDING') return false
      await approvals.update(note.externalId, { approval: found.data, status: found.data.status })
      await system.notifications.close({ projectId: note.projectId, notificationId: note.id })
      return true
    } catch (error) {
      logger.warn('a card was not updated', { id: note.id, error: String(error) })
      return false
    }
  }
}
