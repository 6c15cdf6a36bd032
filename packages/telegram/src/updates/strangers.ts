import { type Logger, type MissionControlClient, unwrap } from '@mission-control/core'

const TRIES_MAX = 5
const WINDOW_MS = 10 * 60_000
const REMEMBERED_MAX = 1_000

/** People whom the bot does not know, and how often each of them tries. */
export class Strangers {
  readonly #bridge: MissionControlClient
  readonly #logger: Logger
  readonly #now: () => number
  readonly #tries = new Map<string, number[]>()

  constructor(options: { readonly bridge: MissionControlClient; readonly logger: Logger; readonly now: () => number }) {
    this.#bridge = options.bridge
    this.#logger = options.logger
    this.#now = options.now
  }

  /** Counts one try; the fifth within ten minutes is an alert to the operators of every project. */
  async tried(telegramUserId: string): Promise<void> {
    const now = this.#now()
    const recent = [...(this.#tries.get(telegramUserId) ?? []).filter((at) => now - at < WINDOW_MS), now]
    this.#tries.delete(telegramUserId)
    this.#tries.set(telegramUserId, recent.slice(-TRIES_MAX))
    const [oldest] = this.#tries.keys()
    if (this.#tries.size > REMEMBERED_MAX && oldest !== undefined) this.#tries.delete(oldest)
    if (recent.length < TRIES_MAX) return
    this.#tries.delete(telegramUserId)
    await this.#alert(telegramUserId)
  }

  async #alert(telegramUserId: string): Promise<void> {
    this.#logger.warn('somebody who is not paired keeps trying', { telegramUserId })
    const { data } = unwrap(await this.#bridge.projects.list({ limit: 200 }))
    for (const project of data.filter(({ status }) => status === 'ACTIVE')) {
      const raised = await this.#bridge.alerts.raise({
        projectId: project.id,
        type: 'SECURITY_VIOLATION',
        severity: 'CRITICAL',
        title: `Telegram user ${telegramUserId} is not paired and keeps trying`,
        description: `${TRIES_MAX} tries within ten minutes. Nothing was done for them.`,
        dedupeKey: `telegram:${telegramUserId}`,
      })
      if (!raised.ok) this.#logger.warn('the alert was not raised', { code: raised.error.code })
    }
  }
}
