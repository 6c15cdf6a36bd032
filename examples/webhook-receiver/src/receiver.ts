import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

/** Ids that are remembered. A message is sent again for at most half a day, and by hand whenever somebody likes. */
const REMEMBERED_MAX = 10_000
const BODY_BYTES_MAX = 64 * 1024

export interface Receiver {
  readonly url: string
  /** What arrived, each message once. */
  readonly events: readonly { readonly type: string; readonly subject: string }[]
  /** Which secret counts; known only once the webhook was made. */
  secret: string
  close(): Promise<void>
}

/** A server that takes messages of Mission Control. This is all that a receiver has to do. */
export async function startReceiver(): Promise<Receiver> {
  const events: { type: string; subject: string }[] = []
  const seen = new Set<string>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength
      if (bytes > BODY_BYTES_MAX) return response.writeHead(413).end()
      chunks.push(chunk)
    }
    // The signature is over the bytes as they came: parse only what was checked.
    const body = Buffer.concat(chunks).toString('utf8')
    const headers = request.headers as Record<string, string>
    let event: { type: string; subject: string }
    try {
      // Refuses a wrong signature, and one that is older than five minutes: what was recorded cannot be played again later.
      event = new Webhook(receiver.secret).verify(body, headers) as typeof event
    } catch {
      return response.writeHead(401).end()
    }
    const id = headers['webhook-id'] ?? ''
    // A message comes at least once. The second copy is thanked for and dropped.
    if (!seen.has(id)) {
      seen.add(id)
      events.push(event)
      const [oldest] = seen
      if (seen.size > REMEMBERED_MAX && oldest !== undefined) seen.delete(oldest)
    }
    return response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    events,
    secret: '',
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
  return receiver
}
