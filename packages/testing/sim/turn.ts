import type { CallContext, MissionControlClient, Outcome, Task } from '@mission-control/core'
import { isMissionControlError } from '@mission-control/core'
import type { Actor } from './actor.ts'
import type { Call, Fence } from './call.ts'
import type { World } from './world.ts'

const SENDS_MAX = 3

type Send<T> = (client: MissionControlClient, context: CallContext) => Promise<Outcome<T>>

/** One turn of an actor: what it sees, and how it calls. */
export class Turn {
  readonly world: World
  readonly actor: Actor

  constructor(world: World, actor: Actor) {
    this.world = world
    this.actor = actor
  }

  get random() {
    return this.world.random
  }

  get mirror() {
    return this.world.mirror
  }

  /** Whether the actor does what it should not, this time. */
  get isMischievous(): boolean {
    return this.random.chance(this.actor.mischief)
  }

  /** A task of the own project, one of `among` unless there is none or the actor does as it pleases. */
  task(among: (task: Task) => boolean): Task | undefined {
    const tasks = this.mirror.all('task').filter(({ projectId }) => projectId === this.actor.projectId)
    if (this.isMischievous) return this.random.any(this.actor.isForeign ? this.mirror.all('task') : tasks)
    return this.random.any(tasks.filter(among))
  }

  /** A task the actor holds in one of these states. */
  held(...statuses: Task['status'][]): Task | undefined {
    return this.task(({ claim, status }) => claim?.agentId === this.actor.agentId && statuses.includes(status))
  }

  /** The fence to work on a task with; an actor up to mischief may bring an old one. */
  fence(task: Task): Fence {
    const known = this.actor.epochs.get(task.id) ?? []
    const epoch = task.claim?.epoch ?? task.epoch
    if (known.at(-1) !== epoch) this.actor.epochs.set(task.id, [...known, epoch])
    const old = this.isMischievous ? this.random.any(known) : undefined
    return { taskId: task.id, epoch: old ?? epoch }
  }

  /** Calls, sends again what was lost, and gives what was answered; null unless it was accepted. */
  async call<T>(
    operation: string,
    send: Send<T>,
    fence: Fence | null = null,
    key = this.world.nextKey(),
  ): Promise<T | null> {
    const { world, actor } = this
    const call: Call = {
      key,
      operation,
      principalId: actor.principalId,
      agentId: actor.agentId,
      projectId: actor.projectId,
      fence,
    }
    world.calls.set(call.key, call)
    if (this.random.chance(world.weather.resent)) {
      // Twice at the same time, perhaps at two hosts.
      const both = await Promise.all([this.#send(call, send), this.#send(call, send)])
      return (both.find((answer) => answer !== null && answer !== 'LOST') ?? null) as T | null
    }
    for (let sent = 1; sent <= SENDS_MAX; sent++) {
      const answer = await this.#send(call, send)
      if (answer !== 'LOST') return answer
      if (this.random.chance(0.4)) return null
    }
    return null
  }

  async #send<T>(call: Call, send: Send<T>): Promise<T | null | 'LOST'> {
    const { world, actor } = this
    const host = this.random.chance(0.7) ? actor.host : world.anyHost()
    const context: CallContext = { idempotencyKey: call.key, traceparent: call.key }
    try {
      const client = await host.client(actor.principalId, actor.projectId)
      const outcome = await host.answer(send(client, context))
      if (outcome === 'LOST') return 'LOST'
      world.coverage.answered(call.operation, outcome.ok ? 'ok' : outcome.error.code)
      world.watch.answered(call, outcome)
      return outcome.ok ? outcome.data : null
    } catch (error) {
      if (!isMissionControlError(error)) throw error
      world.coverage.answered(call.operation, error.code)
      if (error.code === 'INTERNAL') world.violate('fault', `${call.operation}: ${String(error.cause ?? error)}`)
      return 'LOST'
    }
  }
}
