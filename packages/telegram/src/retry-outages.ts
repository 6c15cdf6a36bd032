import { HttpError, type Transformer } from 'grammy'

/** Short, because people wait for answers; what lasts longer is tried again by the outbox. */
const PAUSES_MS = [100, 400, 1200] as const

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Calls again when Telegram is down or out of reach for a moment. Fetching updates has its own loop. */
export function retryOutages(): Transformer {
  return async (call, method, payload, signal) => {
    for (const ms of method === 'getUpdates' ? [] : PAUSES_MS) {
      try {
        const result = await call(method, payload, signal)
        if (result.ok || result.error_code < 500) return result
      } catch (error) {
        if (!(error instanceof HttpError) || signal?.aborted === true) throw error
      }
      await pause(ms)
    }
    return call(method, payload, signal)
  }
}
