import {
  connectMissionControl,
  isMissionControlError,
  type MissionControlClient,
  type Outcome,
} from '@mission-control/core'
import { createHttpTransport } from '@mission-control/host-http/client'

const PAUSE_MS = 100
const ROUNDS_MAX = 50
const PLAN = { bullets: ['read what is there', 'write what is missing', 'check it'] }

type Call<T> = (client: MissionControlClient, context: { idempotencyKey: string }) => Promise<Outcome<T>>

/** An agent that knows several hosts and asks the next one when one is gone. */
export class Agent {
  readonly #clients: readonly MissionControlClient[]
  readonly #name: string
  #calls = 0
  #at: number

  constructor(name: string, key: string, projectId: string, urls: readonly string[], first: number) {
    this.#name = name
    this.#at = first
    this.#clients = urls.map((baseUrl) =>
      connectMissionControl({ transport: createHttpTransport({ baseUrl, timeoutMs: 5_000 }), key, projectId }),
    )
  }

  /** Takes a task, does it and hands it in; false when there is none. Says which it was. */
  async step(handedIn: (taskId: string) => void): Promise<boolean> {
    const open = await this.#ask((client) => client.tasks.list({ status: ['INBOX'], limit: 50 }))
    const [next] = open.ok ? [...open.data.data].sort(() => Math.random() - 0.5) : []
    if (next === undefined) return false
    const claimed = await this.#ask((client, context) =>
      client.tasks.claim({ taskId: next.id, workPlan: PLAN }, context),
    )
    // Somebody was faster: there is another one.
    if (!claimed.ok) return true
    const { epoch } = claimed.data
    const deliverable = { content: `${next.title}, by ${this.#name}` }
    const done = await this.#ask((client, context) =>
      client.tasks.complete({ taskId: next.id, epoch, deliverable }, context),
    )
    if (!done.ok)
      throw new Error(`${this.#name} could not hand in ${next.title}: ${done.error.code} ${done.error.detail}`)
    handedIn(next.id)
    return true
  }

  /** The same call, with the same key, to one host after the other: it takes effect once, whoever answers. */
  async #ask<T>(call: Call<T>): Promise<Outcome<T>> {
    const context = { idempotencyKey: `${this.#name}-${++this.#calls}` }
    for (let round = 1; ; round++) {
      try {
        const client = this.#clients[this.#at % this.#clients.length] as MissionControlClient
        return await call(client, context)
      } catch (error) {
        if (!isMissionControlError(error) || round === ROUNDS_MAX) throw error
        this.#at++
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
      }
    }
  }
}
