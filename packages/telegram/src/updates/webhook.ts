import type { Logger } from '@mission-control/core'
import { digest, digestsEqual } from '../nonce.ts'
import type { Handled } from './update-desk.ts'

const BODY_BYTES_MAX = 256 * 1024
const SECRET_HEADER = 'x-telegram-bot-api-secret-token'

interface WebhookOptions {
  readonly secret: string
  readonly logger: Logger
  readonly handle: (update: unknown) => Promise<Handled>
}

/** Answers what Telegram brings: only with the secret, only if it is small, and with 503 what is to be brought again. */
export function webhookReceiver({ secret, logger, handle }: WebhookOptions): (request: Request) => Promise<Response> {
  const expected = digest(secret)
  return async (request) => {
    if (request.method !== 'POST') return new Response(null, { status: 405, headers: { allow: 'POST' } })
    if (Number(request.headers.get('content-length') ?? 0) > BODY_BYTES_MAX) return new Response(null, { status: 413 })
    // Digests have one length, so comparing them tells nothing of how much was right.
    const given = await digest(request.headers.get(SECRET_HEADER) ?? '')
    if (!digestsEqual(given, await expected)) return new Response(null, { status: 401 })
    const body = await request.arrayBuffer()
    if (body.byteLength > BODY_BYTES_MAX) return new Response(null, { status: 413 })
    const update = parsed(body)
    if (update === undefined) return new Response(null, { status: 400 })
    try {
      return new Response(null, { status: (await handle(update)) === 'handled' ? 200 : 503 })
    } catch (error) {
      logger.error('an update was not handled', { error: String(error) })
      return new Response(null, { status: 503 })
    }
  }
}

function parsed(body: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    return undefined
  }
}
