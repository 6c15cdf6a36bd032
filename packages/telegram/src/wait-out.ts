import type { Transformer } from 'grammy'

/**
 * Leaves a chat in peace for as long as Telegram asked for. Until then calls about it are refused here in the same
 * words, so that a storm is not fed, and whoever called tries again later.
 */
export function waitOut(now: () => number): Transformer {
  const until = new Map<string, number>()
  return async (call, method, payload, signal) => {
    const key = String((payload as { readonly chat_id?: unknown } | undefined)?.chat_id ?? method)
    const waitMs = (until.get(key) ?? 0) - now()
    if (waitMs > 0) return tooMany(Math.ceil(waitMs / 1000))
    until.delete(key)
    const result = await call(method, payload, signal)
    const retryAfter = result.ok ? undefined : result.parameters?.retry_after
    if (retryAfter !== undefined) until.set(key, now() + retryAfter * 1000)
    return result
  }
}

function tooMany(seconds: number) {
  return {
    ok: false as const,
    error_code: 429,
    description: `Too Many Requests: retry after ${seconds}`,
    parameters: { retry_after: seconds },
  }
}
