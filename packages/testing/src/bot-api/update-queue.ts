import { BotApiError, badRequest } from './types.ts'

type Params = Readonly<Record<string, unknown>>

/** An update in the words of the Bot API. */
export interface FakeUpdate {
  readonly update_id: number
  readonly [kind: string]: unknown
}

const WEBHOOK_ATTEMPTS_MAX = 5
const WEBHOOK_PAUSE_MS = 20
const TIMEOUT_S_MAX = 50

/** Updates that wait for the bot: fetched by one poller at a time, or brought to its webhook one after the other. */
export class UpdateQueue {
  #waiting: FakeUpdate[] = []
  #poll: { readonly wake: () => void; readonly end: (error: BotApiError) => void } | null = null
  #webhook: { readonly url: string; readonly secret: string | null } | null = null
  #isBringing = false
  #isClosed = false

  add(update: FakeUpdate): void {
    this.#waiting.push(update)
    this.#poll?.wake()
    void this.#bring()
  }

  /** How many the bot has not confirmed yet. */
  get pending(): number {
    return this.#waiting.length
  }

  setWebhook(params: Params): true {
    const url = String(params.url ?? '')
    const secret = params.secret_token === undefined ? null : String(params.secret_token)
    if (secret !== null && !/^[\w-]{1,256}$/.test(secret))
      throw badRequest('secret token contains unallowed characters')
    this.#webhook = url === '' ? null : { url, secret }
    this.#poll?.end(new BotApiError(409, 'Conflict: terminated by setWebhook request'))
    void this.#bring()
    return true
  }

  deleteWebhook(): true {
    this.#webhook = null
    return true
  }

  get webhookUrl(): string {
    return this.#webhook?.url ?? ''
  }

  /** A long poll: answers at once if there is something, otherwise when there is, or after the timeout. */
  async fetch(params: Params): Promise<readonly FakeUpdate[]> {
    if (this.#webhook !== null) {
      throw new BotApiError(
        409,
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
      )
    }
    this.#poll?.end(
      new BotApiError(
        409,
        'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
      ),
    )
    const offset = Number(params.offset ?? 0)
    this.#waiting = this.#waiting.filter(({ update_id }) => update_id >= offset)
    if (this.#waiting.length === 0) await this.#somethingNew(Math.min(Number(params.timeout ?? 0), TIMEOUT_S_MAX))
    return this.#waiting.slice(0, Number(params.limit ?? 100))
  }

  close(): void {
    this.#isClosed = true
    this.#poll?.wake()
  }

  #somethingNew(timeoutS: number): Promise<void> {
    if (timeoutS <= 0 || this.#isClosed) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const finish = (end: () => void) => {
        clearTimeout(timer)
        this.#poll = null
        end()
      }
      const timer = setTimeout(() => finish(resolve), timeoutS * 1000)
      this.#poll = { wake: () => finish(resolve), end: (error) => finish(() => reject(error)) }
    })
  }

  /** One at a time, in order, again until it is taken. */
  async #bring(): Promise<void> {
    if (this.#isBringing) return
    this.#isBringing = true
    try {
      for (let attempt = 0; this.#webhook !== null && !this.#isClosed && attempt < WEBHOOK_ATTEMPTS_MAX; ) {
        const [update] = this.#waiting
        if (update === undefined) return
        const isTaken = await bringTo(this.#webhook, update)
        if (isTaken) this.#waiting = this.#waiting.filter((one) => one !== update)
        attempt = isTaken ? 0 : attempt + 1
        if (!isTaken) await new Promise((resolve) => setTimeout(resolve, WEBHOOK_PAUSE_MS))
      }
    } finally {
      this.#isBringing = false
    }
  }
}

async function bringTo(webhook: { readonly url: string; readonly secret: string | null }, update: FakeUpdate) {
  try {
    const response = await fetch(webhook.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(webhook.secret === null ? {} : { 'x-telegram-bot-api-secret-token': webhook.secret }),
      },
      body: JSON.stringify(update),
    })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}
