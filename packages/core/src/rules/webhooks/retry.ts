import { spreadMs } from '../delivery.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** After each failed attempt; the first attempt is at once. */
const RETRY_AFTER_MS = [30_000, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 8 * HOUR_MS] as const

export const WEBHOOK_ATTEMPTS_MAX = RETRY_AFTER_MS.length + 1

/** A webhook that has failed for so long, without one success between, is disabled. */
export const WEBHOOK_FAILING_MS_MAX = 5 * 24 * HOUR_MS

/** How long to wait after the failed attempt of that number (from 1) before the next; null: it was the last. */
export function webhookRetryMs(deliveryId: string, attempt: number): number | null {
  const base = RETRY_AFTER_MS[attempt - 1]
  return base === undefined ? null : spreadMs(base, `${deliveryId}/${attempt}`)
}
