import type { MissionControlClient } from '../client.ts'
import type { Notification } from '../model/notification.ts'
import type { Logger } from '../ports/logger.ts'
import type { DeliveryResult, NotificationChannel } from '../ports/notification-channel.ts'
import type { Filter, Storage } from '../ports/storage.ts'
import type { WebhookOptions } from '../ports/webhooks.ts'
import { ApprovalCards } from './approval-cards.ts'
import { WebhookSender } from './webhook-sender.ts'

const BATCH_MAX = 50
const AT_ONCE_MAX = 10
const SEND_TIMEOUT_MS = 10_000
/** A batch is sent in rounds, each of which may take as long as its slowest note. */
const LEASE_MS = (BATCH_MAX / AT_ONCE_MAX + 1) * SEND_TIMEOUT_MS
const ERROR_CHARS_MAX = 2000
const EXTERNAL_ID_CHARS_MAX = 500
const RETRY_AFTER_MS_MAX = 24 * 60 * 60_000

/** What one round of the outbox did. */
export interface OutboxReport {
  readonly sent: number
  /** Not sent this time: to be tried again, or given up. */
  readonly failed: number
  /** Cards that were told how their request ended. */
  readonly updated: number
}

export interface Outbox {
  /**
   * Sends what is due, at most fifty notes, and to each webhook a few messages. A host calls it every five seconds; any number of hosts may. Each note is
   * sent at least once, and its key tells a second copy.
   */
  sendDue(): Promise<OutboxReport>
}

interface SenderOptions {
  readonly storage: Storage
  readonly system: MissionControlClient
  readonly clientOf: (principalId: string) => Promise<MissionControlClient>
  readonly channels?: readonly NotificationChannel[]
  readonly logger: Logger
  readonly webhooks?: WebhookOptions
}

/** Delivers the outbox by the channels of this host. What is due is found by query and taken by command. */
export class OutboxSender implements Outbox {
  readonly #options: SenderOptions
  readonly #channels: ReadonlyMap<Notification['channel'], NotificationChannel>
  readonly #cards: ApprovalCards
  readonly #webhooks: WebhookSender | null

  constructor(options: SenderOptions) {
    this.#options = options
    this.#channels = new Map(options.channels?.map((channel) => [channel.channel, channel]))
    this.#cards = new ApprovalCards({ channels: [], ...options })
    const { webhooks, ...rest } = options
    this.#webhooks = webhooks === undefined ? null : new WebhookSender({ ...rest, webhooks })
  }

  async sendDue(): Promise<OutboxReport> {
    // A slow receiver holds up neither people nor the other way round.
    const [notes, posts] = await Promise.all([this.#sendNotes(), this.#webhooks?.sendDue()])
    return posts === undefined
      ? notes
      : { ...notes, sent: notes.sent + posts.sent, failed: notes.failed + posts.failed }
  }

  async #sendNotes(): Promise<OutboxReport> {
    const now = await this.#options.storage.queries.now()
    const expired = await this.#pending([{ field: 'expiresAt', op: 'lte', value: now }], 'expiresAt')
    await this.#lease(expired)
    const leased = await this.#lease(await this.#due(now))
    let sent = 0
    for (let from = 0; from < leased.length; from += AT_ONCE_MAX) {
      const round = leased.slice(from, from + AT_ONCE_MAX)
      const results = await Promise.all(round.map((note) => this.#deliver(note)))
      sent += results.filter(Boolean).length
    }
    return { sent, failed: leased.length - sent, updated: await this.#cards.update() }
  }

  /** Stops listening to presses on cards. */
  close(): void {
    this.#cards.close()
  }

  #due(now: number): Promise<readonly Notification[]> | readonly Notification[] {
    if (this.#channels.size === 0) return []
    return this.#pending(
      [
        { field: 'nextAttemptAt', op: 'lte', value: now },
        // What another host has a channel for is left to that host.
        { field: 'channel', op: 'in', value: [...this.#channels.keys()] },
      ],
      'nextAttemptAt',
    )
  }

  async #pending(filters: readonly Filter[], order: string): Promise<readonly Notification[]> {
    const page = await this.#options.storage.queries.page({
      kind: 'notification',
      filters: [{ field: 'status', op: 'eq', value: 'PENDING' }, ...filters],
      order: [{ field: order, direction: 'asc' }],
      limit: BATCH_MAX,
    })
    return page.rows
  }

  async #lease(notes: readonly Notification[]): Promise<Notification[]> {
    const { system, logger } = this.#options
    const leased: Notification[] = []
    for (const projectId of new Set(notes.map((note) => note.projectId))) {
      const notificationIds = notes.filter((note) => note.projectId === projectId).map(({ id }) => id)
      try {
        const taken = await system.notifications.lease({ projectId, notificationIds, leaseMs: LEASE_MS })
        if (taken.ok) leased.push(...taken.data.leased)
        else logger.warn('notes were not taken', { projectId, code: taken.error.code })
      } catch (error) {
        // One project does not keep the others from their notes.
        logger.error('notes could not be taken', { projectId, error: String(error) })
      }
    }
    return leased
  }

  async #deliver(note: Notification): Promise<boolean> {
    const result = await this.#attempt(note)
    const { projectId, id: notificationId, attempts: attempt } = note
    try {
      await this.#options.system.notifications.settle({ projectId, notificationId, attempt, result: settled(result) })
    } catch (error) {
      // The lease ends and it is sent again: at least once.
      this.#options.logger.error('an attempt was not written down', { id: note.id, error: String(error) })
    }
    return result.status === 'SENT'
  }

  async #attempt(note: Notification): Promise<DeliveryResult> {
    const channel = this.#channels.get(note.channel)
    if (channel === undefined) return { status: 'FAILED', error: `this host has no ${note.channel}`, statusCode: 503 }
    const { approvals } = channel
    const signal = AbortSignal.timeout(SEND_TIMEOUT_MS)
    const given = { notification: note, idempotencyKey: note.id, signal }
    try {
      const approval = approvals === undefined ? null : await this.#cards.requestOf(note)
      const sending =
        approvals !== undefined && approval !== null
          ? approvals.post({ ...given, approval })
          : channel.send({ ...given, isSilent: note.type === 'DIGEST' })
      return await orTimeout(sending, signal)
    } catch (error) {
      return { status: 'FAILED', error: String(error) }
    }
  }
}

/** A channel that does not heed its signal is not waited for. */
function orTimeout(sending: Promise<DeliveryResult>, signal: AbortSignal): Promise<DeliveryResult> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => resolve({ status: 'FAILED', error: 'no answer in time' }), { once: true })
    sending.then(resolve, reject)
  })
}

/** A result within the limits of what is stored, whatever the channel says. */
function settled(result: DeliveryResult) {
  if (result.status === 'SENT') {
    return { status: 'SENT', externalId: result.externalId?.slice(0, EXTERNAL_ID_CHARS_MAX) ?? null } as const
  }
  const { error, statusCode = null, retryAfterMs = 0 } = result
  return {
    status: 'FAILED',
    error: error.replaceAll('\u0000', '').slice(0, ERROR_CHARS_MAX).toWellFormed(),
    statusCode,
    retryAfterMs: Math.min(Math.max(0, Math.round(retryAfterMs)), RETRY_AFTER_MS_MAX),
  } as const
}
