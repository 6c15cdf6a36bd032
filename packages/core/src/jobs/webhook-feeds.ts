import type { MissionControlClient } from '../client.ts'
import { unwrap } from '../errors.ts'
import { eventType } from '../model/event.ts'
import type { RecordOf } from '../model/records.ts'
import type { Webhook, WebhookFeed } from '../model/webhook.ts'
import type { Storage, StoredEvent } from '../ports/storage.ts'
import { envelopeOf } from '../rules/envelope.ts'
import { webhookBody } from '../rules/webhooks/message.ts'
import { isTellable, selectsEvent } from '../rules/webhooks/select.ts'

/** Events of one look into the log, and messages of one commit. */
const EVENTS_MAX = 100
/** Looks into the log per webhook and round; the next round goes on from there. */
const LOOKS_MAX = 10

interface FeedOptions {
  readonly storage: Storage
  readonly system: MissionControlClient
}

/** Brings webhooks up to the end of the log: reads on from where each has heard, and queues what it wants to hear. */
export class WebhookFeeds {
  readonly #options: FeedOptions
  /** Where this host has read on without finding anything, from the stored place on: nothing is read twice for that. */
  readonly #read = new Map<string, { readonly from: string; readonly to: string }>()

  constructor(options: FeedOptions) {
    this.#options = options
  }

  /** Queues what is new for a webhook. True when its last attempt has failed. */
  async queue(webhook: Webhook): Promise<boolean> {
    const { storage, system } = this.#options
    const feed = await this.#feedOf(webhook.id)
    if (feed === null) return false
    let stored = feed.cursor
    let place = await this.#placeOf(feed)
    for (let look = 0; look < LOOKS_MAX; look++) {
      const { events, cursor } = await storage.readEvents({
        after: place,
        limit: EVENTS_MAX,
        projectId: webhook.projectId,
      })
      if (cursor === null || events.length === 0) break
      place = cursor
      const messages = events.filter((event) => isWanted(webhook, feed, event)).map(messageOf)
      if (messages.length > 0) {
        const given = { projectId: webhook.projectId, webhookId: webhook.id, after: stored, upTo: cursor, messages }
        const { queued } = unwrap(await system.webhooks.queue(given))
        // Another host was here first: it goes on.
        if (queued === 0) break
        stored = cursor
      }
      this.#read.set(webhook.id, { from: storedPlace(stored, feed), to: cursor })
      if (events.length < EVENTS_MAX) break
    }
    return feed.failingSince !== null
  }

  async #feedOf(webhookId: string): Promise<WebhookFeed | null> {
    const { records } = await this.#options.storage.load({ records: [{ kind: 'webhookFeed', id: webhookId }] })
    return (records[0] ?? null) as RecordOf<'webhookFeed'> | null
  }

  /** Where to read on. A webhook that is new begins with what happened at its beginning. */
  async #placeOf(feed: WebhookFeed): Promise<string | null> {
    const read = this.#read.get(feed.id)
    if (read?.from === storedPlace(feed.cursor, feed)) return read.to
    if (feed.cursor !== null) return feed.cursor
    const { projectId, startAt } = feed
    const before = await this.#options.storage.queries.timeline({
      projectId,
      toAt: startAt,
      newestFirst: true,
      limit: 1,
    })
    return before.events[0]?.cursor ?? null
  }
}

/** Where reading began; after a webhook was enabled again that is another place, also without a cursor. */
function storedPlace(cursor: string | null, { startAt }: WebhookFeed): string {
  return `${startAt} ${cursor ?? ''}`
}

function isWanted(webhook: Webhook, feed: WebhookFeed, event: StoredEvent): boolean {
  return (
    event.time >= feed.startAt && selectsEvent(webhook.events, eventType(event.kind)) && isTellable(webhook.id, event)
  )
}

function messageOf(event: StoredEvent) {
  const envelope = envelopeOf(event, event.seal)
  return { eventId: event.id, eventType: envelope.type, body: webhookBody(envelope) }
}
