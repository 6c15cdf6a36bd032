import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { type WebhookAnswer, type WebhookCarrier, type WebhookPost, webhookTargetProblem } from '@mission-control/core'
import { Webhook } from 'standardwebhooks'
import { checkedLookup, type ResolveName, resolveName } from './checked-lookup.ts'

export interface WebhookCarrierOptions {
  /** Also http, and also addresses that are not public. For tests and closed networks only; core must allow it too. */
  readonly allowsPrivateTargets?: boolean
  /** Finds the addresses of a name. Default: the resolver of this machine. */
  readonly resolve?: ResolveName
}

const HEADER_BYTES_MAX = 16 * 1024
const RETRY_AFTER_S_MAX = 24 * 60 * 60

/**
 * Sends the messages of webhooks by the rules of Standard Webhooks: signed, to https, to addresses that are public at
 * the moment of connecting, without following anybody elsewhere, and without reading what is answered.
 */
export function createWebhookCarrier(options: WebhookCarrierOptions = {}): WebhookCarrier {
  const { allowsPrivateTargets: allowsPrivate = false, resolve = resolveName } = options
  return {
    async send(post) {
      // An address in the URL is connected to without any look-up, so it is judged here.
      const problem = webhookTargetProblem(post.url, { allowsPrivate })
      if (problem !== null) return { status: null, error: `the address is refused: ${problem}` }
      const lookup = checkedLookup(post.url, resolve, allowsPrivate)
      try {
        return answerOf(await sendOnce(post, { lookup }))
      } catch (error) {
        return { status: null, error: error instanceof Error ? error.message : String(error) }
      }
    },
  }
}

/** The headers of a message; each secret signs, and the receiver needs to know one of them. */
function webhookHeaders({ id, sentAt, body, secrets }: Omit<WebhookPost, 'url' | 'signal'>) {
  const signedAt = new Date(sentAt)
  return {
    'content-type': 'application/json',
    'user-agent': 'mission-control-webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAt / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, signedAt, body)).join(' '),
  }
}

function sendOnce(post: WebhookPost, connection: Pick<RequestOptions, 'lookup'>): Promise<IncomingMessage> {
  const url = new URL(post.url)
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const sending = request(url, {
      ...connection,
      method: 'POST',
      // A connection of its own: none is left over that was checked for another moment.
      agent: false,
      maxHeaderSize: HEADER_BYTES_MAX,
      signal: post.signal,
      headers: { ...webhookHeaders(post), 'content-length': Buffer.byteLength(post.body) },
    })
    sending.once('error', reject)
    sending.once('response', (response) => {
      // Only the status counts. What follows is not read, however long it is.
      response.once('error', () => undefined)
      response.destroy()
      resolve(response)
    })
    sending.end(post.body)
  })
}

function answerOf(response: IncomingMessage): WebhookAnswer {
  const status = response.statusCode ?? 0
  if (status >= 200 && status <= 299) return { status, error: null }
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN)
  const isRedirect = status >= 300 && status <= 399
  return {
    status,
    error: isRedirect ? `answered ${status}; redirects are not followed` : `answered ${status}`,
    ...(seconds > 0 && seconds <= RETRY_AFTER_S_MAX ? { retryAfterMs: seconds * 1000 } : {}),
  }
}
