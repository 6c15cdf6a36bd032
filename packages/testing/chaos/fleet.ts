import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Outcome } from '@mission-control/core'
import type { Random } from '../sim/random.ts'
import type { Answer } from './messages.ts'
import { READY } from './messages.ts'

const HOST = fileURLToPath(new URL('host.ts', import.meta.url))
const SKEW_MS = 600_000
const ANSWER_MS = 12_000
const GIVE_UP_MS = 60_000

interface Host {
  readonly child: ChildProcess
  readonly waiting: Map<number, (answer: Answer | null) => void>
  isReady: boolean
}

/** The host processes, and the way agents call them: whoever gets no answer asks another one, with the same key. */
export class Fleet {
  readonly #arguments: readonly [url: string, projectId: string]
  readonly #random: Random
  readonly #hosts: Host[] = []
  readonly faults = new Map<string, number>()
  /** Faults that no crash explains. */
  readonly internal: string[] = []
  isClosed = false
  #asks = 0
  #keys = 0

  constructor(url: string, projectId: string, random: Random) {
    this.#arguments = [url, projectId]
    this.#random = random
  }

  async open(count: number): Promise<void> {
    while (this.#hosts.length < count) this.#hosts.push(this.#start(this.#hosts.length))
    while (!this.#hosts.every(({ isReady }) => isReady)) await new Promise((resolve) => setTimeout(resolve, 50))
  }

  #start(number: number): Host {
    const skew = String([0, SKEW_MS, -SKEW_MS, Math.floor(SKEW_MS / 2)][number % 4])
    const execArgv = ['--conditions=@mission-control/source', '--import', 'tsx']
    const child = fork(HOST, [...this.#arguments, skew], { execArgv, serialization: 'json' })
    const host: Host = { child, waiting: new Map(), isReady: false }
    child.on('message', (message: Answer | typeof READY) => {
      if (message === READY) host.isReady = true
      else host.waiting.get(message.id)?.(message)
    })
    child.on('exit', () => {
      for (const lost of host.waiting.values()) lost(null)
      const at = this.#hosts.indexOf(host)
      if (!this.isClosed && at >= 0) this.#hosts[at] = this.#start(at)
    })
    return host
  }

  /** Ends one host the hard way; another one takes its place. */
  async killOne(): Promise<void> {
    const host = this.#random.any(this.#hosts.filter(({ isReady }) => isReady))
    if (host === undefined) return
    host.isReady = false
    host.child.kill('SIGKILL')
    await once(host.child, 'exit')
  }

  async close(): Promise<void> {
    this.isClosed = true
    await Promise.all(
      this.#hosts.map(async ({ child }) => {
        child.kill('SIGKILL')
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      }),
    )
  }

  /** One operation, sent again until somebody answers; null when nobody did for a minute, and what became of it is unknown. */
  async call<T>(principalId: string, operation: string, input: object): Promise<Outcome<T> | null> {
    const key = `chaos-${process.pid}-${++this.#keys}`
    const giveUpAt = Date.now() + GIVE_UP_MS
    while (Date.now() < giveUpAt && !this.isClosed) {
      const host = this.#random.any(this.#hosts.filter(({ isReady }) => isReady))
      const answer = host === undefined ? null : await this.#ask(host, { principalId, operation, input, key })
      if (answer?.outcome !== undefined) {
        const { outcome } = answer
        if (outcome.ok || outcome.error.code !== 'IDEMPOTENCY_IN_FLIGHT') return outcome as Outcome<T>
      }
      if (answer?.fault !== undefined) this.#note(operation, answer.fault)
      await new Promise((resolve) => setTimeout(resolve, 100 + this.#random.below(400)))
    }
    return null
  }

  #note(operation: string, { code, message }: NonNullable<Answer['fault']>): void {
    this.faults.set(code, (this.faults.get(code) ?? 0) + 1)
    if (code === 'INTERNAL') this.internal.push(`${operation}: ${message}`)
  }

  #ask(
    host: Host,
    ask: { principalId: string; operation: string; input: object; key: string },
  ): Promise<Answer | null> {
    const id = ++this.#asks
    return new Promise((resolve) => {
      const done = (answer: Answer | null) => {
        clearTimeout(timer)
        host.waiting.delete(id)
        resolve(answer)
      }
      const timer = setTimeout(() => done(null), ANSWER_MS)
      host.waiting.set(id, done)
      if (!host.child.connected) done(null)
      else host.child.send({ id, ...ask }, (error) => error !== null && done(null))
    })
  }
}
