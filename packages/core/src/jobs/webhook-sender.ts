import type { MissionControlClient } from '../client.ts'
import { unwrap } from '../errors.ts'
import type { Webhook, WebhookDelivery } from '../model/webhook.ts'
import type { Logger } from '../ports/logger.ts'
import { type FilterValue, PAGE_ROWS_MAX, type Storage } from '../ports/storage.ts'
import type { WebhookAnswer, WebhookOptions } from '../ports/webhooks.ts'
import { WebhookFeeds } from './webhook-feeds.ts'

/** Webhooks that are served at the same time; one that is slow holds up its place only. */
const WEBHOOKS_AT_ONCE_MAX = 20
/** Messages that one webhook gets in one round; in parallel, so a round takes as long as its slowest message. */
const MESSAGES_MAX = 10
const SEND_TIMEOUT_MS = 10_000
const LEASE_MS = 2 * SEND_TIMEOUT_MS
const ERROR_CHARS_MAX = 500
const RETRY_AFTER_MS_MAX = 24 * 60 * 60_000

export interface WebhookReport {
  readonly sent: number
  readonly failed: number
}

interface SenderOptions {
  readonly storage: Storage
  readonly system: MissionControlClient
  readonly logger: Logger
  readonly webhooks: WebhookOptions
}

/** Queues events for webhooks and sends what is due. Any number of hosts may do it: each message is taken by one. */
export class WebhookSender {
  readonly #options: SenderOptions
  readonly #feeds: WebhookFeeds

  constructor(options: SenderOptions) {
    this.#options = options
    this.#feeds = new WebhookFeeds(options)
  }

  async sendDue(): Promise<WebhookReport> {
    let sent = 0
    let failed = 0
    if (this.#options.webhooks.carrier === undefined) return { sent, failed }
    for await (const webhooks of this.#active()) {
      const reports = await Promise.all(webhooks.map((webhook) => this.#serve(webhook)))
      for (const report of reports) {
        sent += report.sent
        failed += report.failed
      }
    }
    return { sent, failed }
  }

  async *#active(): AsyncGenerator<readonly Webhook[]> {
    let after: readonly FilterValue[] | null | undefined
    while (after !== null) {
      const page: { rows: readonly Webhook[]; next: readonly FilterValue[] | null } =
        await this.#options.storage.queries.page({
          kind: 'webhook',
          filters: [{ field: 'status', op: 'eq', value: 'ACTIVE' }],
          order: [{ field: 'createdAt', direction: 'asc' }],
          limit: PAGE_ROWS_MAX,
          ...(after === undefined ? {} : { after }),
        })
      for (let from = 0; from < page.rows.length; from += WEBHOOKS_AT_ONCE_MAX) {
        yield page.rows.slice(from, from + WEBHOOKS_AT_ONCE_MAX)
      }
      after = page.next
    }
  }

  async #serve(webhook: Webhook): Promise<WebhookReport> {
    const { logger } = this.#options
    try {
      const isFailing = await this.#feeds.queue(webhook)
      const results = await this.#sendDueOf(webhook, isFailing ? 1 : MESSAGES_MAX)
      const sent = results.filter(Boolean).length
      return { sent, failed: results.length - sent }
    } catch (error) {
      // One webhook does not keep the others from their messages.
      logger.error('a webhook was not served', { webhookId: webhook.id, error: String(error) })
      return { sent: 0, failed: 0 }
    }
  }

  async #sendDueOf({ id: webhookId, projectId }: Webhook, limit: number): Promise<boolean[]> {
    const { storage, system } = this.#options
    const due = await storage.queries.page({
      kind: 'webhookDelivery',
      projectId,
      filters: [
        { field: 'webhookId', op: 'eq', value: webhookId },
        { field: 'status', op: 'eq', value: 'PENDING' },
        { field: 'nextAttemptAt', op: 'lte', value: await storage.queries.now() },
      ],
      order: [{ field: 'nextAttemptAt', direction: 'asc' }],
      limit,
    })
    if (due.rows.length === 0) return []
    const deliveryIds = due.rows.map(({ id }) => id)
    const { webhook, leased } = unwrap(
      await system.webhooks.lease({ projectId, webhookId, deliveryIds, leaseMs: LEASE_MS }),
    )
    return webhook === null ? [] : Promise.all(leased.map((delivery) => this.#send(webhook, delivery)))
  }

  async #send(webhook: Webhook, delivery: WebhookDelivery): Promise<boolean> {
    const { system, logger } = this.#options
    const answer = await this.#attempt(webhook, delivery)
    try {
      await system.webhooks.settle({
        projectId: webhook.projectId,
        webhookId: webhook.id,
        deliveryId: delivery.id,
        attempt: delivery.attempts,
        ...settled(answer),
      })
    } catch (error) {
      // The lease ends and it is sent again: at least once.
      logger.error('an attempt was not written down', { id: delivery.id, error: String(error) })
    }
    return answer.error === null
  }

  async #attempt(webhook: Webhook, delivery: WebhookDelivery): Promise<WebhookAnswer> {
    const { webhooks, storage } = this.#options
    const { carrier, secrets } = webhooks
    const signal = AbortSignal.timeout(SEND_TIMEOUT_MS)
    const sentAt = await storage.queries.now()
    const refs = [webhook.secretRef, ...(isOverlapping(webhook, sentAt) ? [webhook.previousSecretRef] : [])]
    const signing = refs.map((ref) => (ref === null ? null : secrets.secretOf(ref))).filter((found) => found !== null)
    if (carrier === undefined || signing.length < refs.length) {
      return { status: null, error: 'this host lacks the key that the secret was made from' }
    }
    const { url } = webhook
    const post = { url, id: delivery.eventId, sentAt, body: delivery.body, secrets: signing, signal }
    try {
      return await orTimeout(carrier.send(post), signal)
    } catch (error) {
      return { status: null, error: String(error) }
    }
  }
}

function isOverlapping({ previousSecretUntil }: Webhook, now: number): boolean {
  return previousSecretUntil !== null && previousSecretUntil > now
}

/** A carrier that does not heed its signal is not waited for. */
function orTimeout(sending: Promise<WebhookAnswer>, signal: AbortSignal): Promise<WebhookAnswer> {
  return new Promise((resolve, reject) => {
    const late = (): void => resolve({ status: null, error: 'no answer in time' })
    if (signal.aborted) late()
    signal.addEventListener('abort', late, { once: true })
    sending.then(resolve, reject)
  })
}

/** An answer within the limits of what is stored, whatever the carrier says. */
function settled({ status, error, retryAfterMs = 0 }: WebhookAnswer) {
  const text = error?.replaceAll('\u0000', '').slice(0, ERROR_CHARS_MAX).toWellFormed() ?? null
  return { status, error: text, retryAfterMs: Math.min(Math.max(0, Math.round(retryAfterMs)), RETRY_AFTER_MS_MAX) }
}
