import type { Delivery, DeliveryResult, NotificationChannel } from '@mission-control/core'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { Weather } from './weather.ts'

const SLOW_MS = 8_000

/** Where notes arrive: a chat that is down, busy or slow now and then, and refuses some for good. */
export class Receiver {
  /** How often each note arrived, by its key. */
  readonly arrived = new Map<string, number>()
  /** How often each note was tried, by its key. */
  readonly tried = new Map<string, number>()
  /** Those that were refused for good. */
  readonly refused = new Set<string>()
  readonly channel: NotificationChannel
  readonly #scheduler: Scheduler
  readonly #random: Random
  readonly #weather: () => Weather

  constructor(scheduler: Scheduler, random: Random, weather: () => Weather) {
    this.#scheduler = scheduler
    this.#random = random
    this.#weather = weather
    this.channel = { channel: 'TELEGRAM', send: (delivery) => this.#send(delivery) }
  }

  async #send({ idempotencyKey }: Delivery): Promise<DeliveryResult> {
    const random = this.#random
    const { unavailable, lostAnswer, latencyMsMax } = this.#weather()
    this.tried.set(idempotencyKey, (this.tried.get(idempotencyKey) ?? 0) + 1)
    // In fair weather it answers at once, whether or not anybody lets time pass.
    const delayMs = random.chance(unavailable) ? SLOW_MS : random.next() * latencyMsMax
    if (delayMs >= 1) await this.#scheduler.wait(delayMs)
    if (random.chance(unavailable * 4)) {
      const statusCode = random.pick([500, 503, 429, 410])
      if (statusCode === 410) this.refused.add(idempotencyKey)
      return {
        status: 'FAILED',
        error: `status ${statusCode}`,
        statusCode,
        retryAfterMs: statusCode === 429 ? 5_000 : 0,
      }
    }
    this.arrived.set(idempotencyKey, (this.arrived.get(idempotencyKey) ?? 0) + 1)
    // It is there, and nobody hears so.
    if (random.chance(lostAnswer)) return { status: 'FAILED', error: 'no answer in time' }
    return { status: 'SENT', externalId: `at ${idempotencyKey}` }
  }
}
