import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'

export interface Received {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Receiver {
  readonly url: string
  readonly received: readonly Received[]
  /** What is answered from now on. */
  answer: { status: number; headers?: Readonly<Record<string, string>>; body?: string }
  /** Checks the signature as any receiver would; throws when it is wrong. */
  verify(secret: string, message: Received): void
  close(): Promise<void>
}

/** A receiver on this machine that keeps what it was sent. */
export async function createReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      received.push({ path: request.url ?? '', headers: request.headers as Record<string, string>, body })
      response.writeHead(receiver.answer.status, receiver.answer.headers).end(receiver.answer.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    answer: { status: 204 },
    verify: (secret, { body, headers }) => {
      // The library compares with the machine's clock, and the clock of the test stands elsewhere.
      const signedAt = new Date(Number(headers['webhook-timestamp']) * 1000)
      const expected = new Webhook(secret).sign(headers['webhook-id'] ?? '', signedAt, body)
      if (!(headers['webhook-signature'] ?? '').split(' ').includes(expected)) throw new Error('a wrong signature')
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
  return receiver
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
