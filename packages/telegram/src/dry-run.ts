import type { Transformer } from 'grammy'

const IDLE_MS = 1_000
const BOT = { id: 1, is_bot: true, first_name: 'Mission Control (dry run)', username: 'dry_run_bot' }

/** Calls no server: prints what would be sent and answers as if it had been. */
export function dryRun(print: (line: string) => void): Transformer {
  let messageId = 0
  return async (_call, method, payload, signal) => {
    const fields = payload as Readonly<Record<string, unknown>>
    if (typeof fields.text === 'string' && method.startsWith('send')) {
      print(`[telegram → ${String(fields.chat_id)}] ${fields.text}`)
    }
    if (method === 'getUpdates') {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, IDLE_MS)
        signal?.addEventListener('abort', () => {
          clearTimeout(timer)
          resolve()
        })
      })
      return { ok: true, result: [] as never }
    }
    if (method === 'getMe') return { ok: true, result: BOT as never }
    if (method === 'getChat') return { ok: true, result: { id: fields.chat_id, type: 'supergroup' } as never }
    return { ok: true, result: { message_id: ++messageId } as never }
  }
}
