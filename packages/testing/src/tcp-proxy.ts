import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** What may go wrong on the way. */
export const PROXY_FAULTS = ['cut', 'stall', 'half-open', 'reset-after-send', 'drip'] as const
export type ProxyFault = (typeof PROXY_FAULTS)[number]

/** A way to a server that can be made to fail as networks do. */
export interface TcpProxy {
  readonly port: number
  /**
   * `cut` ends every connection. `stall` holds both directions back. `half-open` swallows what the server says, and then
   * cuts. `reset-after-send` lets one more message through to the server and resets before its answer comes back. `drip`
   * passes everything in single bytes. Those with a duration end by themselves.
   */
  fault(kind: ProxyFault, durationMs: number): Promise<void>
  close(): Promise<void>
}

interface Link {
  readonly client: Socket
  readonly server: Socket
}

/** Opens a proxy on a free port of this machine to a port of this machine. */
export async function openTcpProxy(targetPort: number): Promise<TcpProxy> {
  const proxy = new FaultyProxy(targetPort)
  return proxy.open()
}

class FaultyProxy {
  readonly #targetPort: number
  readonly #links = new Set<Link>()
  readonly #server: Server
  #mode: ProxyFault | null = null

  constructor(targetPort: number) {
    this.#targetPort = targetPort
    this.#server = createServer((client) => this.#join(client))
  }

  async open(): Promise<TcpProxy> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port')
    return {
      port: address.port,
      fault: (kind, durationMs) => this.#fault(kind, durationMs),
      close: async () => {
        this.#cut()
        this.#server.close()
        await once(this.#server, 'close')
      },
    }
  }

  async #fault(kind: ProxyFault, durationMs: number): Promise<void> {
    if (kind === 'cut') return this.#cut()
    this.#mode = kind
    if (kind === 'stall') for (const { client, server } of this.#links) for (const end of [client, server]) end.pause()
    await new Promise((resolve) => setTimeout(resolve, durationMs))
    if (this.#mode !== kind) return
    this.#mode = null
    if (kind === 'half-open') this.#cut()
    if (kind === 'stall') for (const { client, server } of this.#links) for (const end of [client, server]) end.resume()
  }

  #join(client: Socket): void {
    const server = connect(this.#targetPort, '127.0.0.1')
    const link = { client, server }
    this.#links.add(link)
    for (const end of [client, server]) {
      end.setNoDelay(true)
      end.on('error', () => this.#drop(link))
      end.on('close', () => this.#drop(link))
    }
    client.on('data', (bytes) => this.#toServer(link, bytes))
    server.on('data', (bytes) => this.#toClient(link, bytes))
    if (this.#mode === 'stall') client.pause()
  }

  #toServer(link: Link, bytes: Buffer): void {
    if (this.#mode !== 'reset-after-send') {
      this.#pass(link.server, bytes)
      return
    }
    // The server has it and will do it; nobody hears of that any more.
    link.server.write(bytes, () => link.server.end())
    link.client.resetAndDestroy()
    this.#links.delete(link)
  }

  #toClient({ client }: Link, bytes: Buffer): void {
    if (this.#mode === 'half-open') return
    this.#pass(client, bytes)
  }

  #pass(to: Socket, bytes: Buffer): void {
    if (this.#mode !== 'drip' || bytes.length > 4_096) to.write(bytes)
    else for (const byte of bytes) to.write(Buffer.of(byte))
  }

  #drop(link: Link): void {
    this.#links.delete(link)
    link.client.destroy()
    link.server.destroy()
  }

  #cut(): void {
    for (const { client, server } of this.#links) {
      client.destroy()
      server.destroy()
    }
    this.#links.clear()
  }
}
