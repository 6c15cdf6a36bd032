import type { MissionControlClient } from '../client.ts'
import { RefusedError, unwrap } from '../errors.ts'
import type { Agent } from '../model/agent.ts'
import type { Refusal } from '../model/refusal.ts'
import type { Task, TaskType } from '../model/task.ts'
import type { AgentWorkspace } from '../ports/agent-workspace.ts'
import { type Logger, silentLogger } from '../ports/logger.ts'
import type { HeartbeatReply } from '../queries/heartbeat-reply.ts'
import { ToolDenied, WorkStopped } from './errors.ts'
import { createTaskContext, type TaskContext } from './task-context.ts'

/** What a handler hands in. A string is the content. */
export type Submission =
  | string
  | {
      readonly summary?: string
      readonly content?: string
      readonly artifactIds?: string[]
      readonly checklist?: { key: string; checked: boolean; note?: string }[]
    }

export interface AgentOptions {
  /** The agent's name in the project; it must be the agent of the client's key. */
  readonly name: string
  /** Three to six bullets: what it is going to do about this task. */
  readonly plan: (task: Task) => string[] | Promise<string[]>
  /**
   * Does the work. It may be called again for the same task after a restart or a return from review, so it begins by
   * looking at what is there. What it returns is handed in; what it throws fails the run.
   */
  readonly handler: (task: Task, context: TaskContext) => Promise<Submission>
  readonly workspace?: AgentWorkspace
  /** The model its runs declare, and who sells it: what the policy needs to know the price. */
  readonly model?: string
  readonly provider?: string
  readonly taskTypes?: readonly TaskType[]
  readonly heartbeatIntervalMs?: number
  /** What one run is expected to cost; held before it starts. */
  readonly estimatedCostMicros?: number
  readonly logger?: Logger
}

/** What one step of an agent came to. */
export interface AgentStep {
  readonly directive: HeartbeatReply['directive']
  readonly taskId: string | null
  /** `waiting`: a handler waits for people. */
  readonly outcome: 'idle' | 'submitted' | 'waiting' | 'stopped' | 'failed'
}

/** An agent that registers, beats, claims, works under the rules, and stops when it is told to. */
export interface RunningAgent {
  /** The agent as it registered; null before the first beat. */
  agent(): Agent | null
  /** One beat, and with it one task as far as it goes. For tests and for hosts with a loop of their own. */
  step(): Promise<AgentStep>
  /** Steps until the signal aborts: at each interval, and at once when an event concerns it. Ends with the current work stopped. */
  run(signal: AbortSignal): Promise<void>
}

const FAILURES_MAX = 3
const WAKE_PAUSE_MS = 50
const RECONNECT_MS = 1_000

interface Work {
  readonly task: Task
  readonly abort: AbortController
  readonly done: Promise<AgentStep['outcome']>
  isWaiting: boolean
}

/** Creates the runtime of one agent over its client, in process or over the network alike. */
export function createAgent(client: MissionControlClient, options: AgentOptions): RunningAgent {
  return new AgentLoop(client, options)
}

class AgentLoop implements RunningAgent {
  readonly #client: MissionControlClient
  readonly #options: AgentOptions
  readonly #logger: Logger
  readonly #sessionKey: string
  readonly #failures = new Map<string, number>()
  #self: Agent | null = null
  #work: Work | null = null
  #wakers: (() => void)[] = []

  constructor(client: MissionControlClient, options: AgentOptions) {
    this.#client = client
    this.#options = options
    this.#logger = options.logger ?? silentLogger
    this.#sessionKey = `${options.name}-session`
  }

  get #heartbeatIntervalMs(): number {
    return this.#options.heartbeatIntervalMs ?? 900_000
  }

  agent(): Agent | null {
    return this.#self
  }

  async step(): Promise<AgentStep> {
    const reply = await this.#beat()
    const mayWork = reply.directive === 'CONTINUE' || reply.directive === 'DRAIN'
    if (!mayWork) this.#work?.abort.abort(new WorkStopped(`directive ${reply.directive}`))
    this.#wake()
    if (this.#work === null && mayWork) this.#work = await this.#takeUp(reply)
    const current = this.#work
    if (current === null) return { directive: reply.directive, taskId: null, outcome: 'idle' }
    return { directive: reply.directive, taskId: current.task.id, outcome: await this.#settled(current) }
  }

  async run(signal: AbortSignal): Promise<void> {
    const hint = new Hint()
    const following = this.#follow(signal, hint)
    signal.addEventListener(
      'abort',
      () => {
        this.#work?.abort.abort(new WorkStopped('the agent is shutting down'))
        hint.give()
      },
      { once: true },
    )
    while (!signal.aborted) {
      hint.forget()
      let outcome: AgentStep['outcome'] = 'idle'
      try {
        outcome = (await this.step()).outcome
      } catch (error) {
        this.#logger.warn('a beat failed', { agent: this.#options.name, error: String(error) })
      }
      // After a task there may be another; otherwise wait for the next beat or for an event.
      if (outcome === 'submitted') continue
      await hint.within(this.#heartbeatIntervalMs, signal)
      // Many events at once are one reason to look.
      if (!signal.aborted) await pause(WAKE_PAUSE_MS)
    }
    await this.#work?.done
    await following
  }

  #wake(): void {
    const waiting = this.#wakers
    this.#wakers = []
    for (const resolve of waiting) resolve()
  }

  async #beat(): Promise<HeartbeatReply> {
    this.#self ??= unwrap(await this.#client.agents.register({ name: this.#options.name })).agent
    const reply = unwrap(
      await this.#client.agents.heartbeat({
        sessionKey: this.#sessionKey,
        health: this.#work === null ? 'IDLE' : 'BUSY',
        currentTaskId: this.#work?.task.id ?? null,
        intervalMs: this.#heartbeatIntervalMs,
      }),
    )
    const ids = reply.notifications.map((note) => note.id)
    if (ids.length > 0) await this.#client.notifications.ack({ ids })
    return reply
  }

  /** How the work ended, or that it waits for people and the agent is free to beat again. */
  async #settled(current: Work): Promise<AgentStep['outcome']> {
    for (;;) {
      const outcome = await Promise.race([current.done, pause(WAKE_PAUSE_MS).then(() => null)])
      if (outcome !== null) {
        if (this.#work === current) this.#work = null
        return outcome
      }
      if (current.isWaiting) return 'waiting'
    }
  }

  /** What was started comes first, then what was assigned, then what may be claimed. */
  async #takeUp(reply: HeartbeatReply): Promise<Work | null> {
    const me = this.#self?.id
    const mine = reply.myTasks.filter((task) => this.#mayTry(task))
    const started = mine.find((task) => task.status === 'IN_PROGRESS' && task.claim?.agentId === me)
    if (started !== undefined) return this.#begin(started)
    if (reply.directive === 'DRAIN') return null
    for (const task of mine.filter(({ status, claim }) => status === 'ASSIGNED' && (claim?.agentId ?? me) === me)) {
      const workPlan = { bullets: await this.#options.plan(task) }
      const outcome = await this.#client.tasks.start({ taskId: task.id, workPlan })
      if (outcome.ok) return this.#begin(outcome.data)
      this.#explain('could not start', task, outcome.error)
    }
    for (const task of reply.claimable.filter((entry) => this.#wants(entry) && this.#mayTry(entry))) {
      const workPlan = { bullets: await this.#options.plan(task) }
      const outcome = await this.#client.tasks.claim({ taskId: task.id, workPlan })
      if (outcome.ok) return this.#begin(outcome.data.task)
      this.#explain('could not claim', task, outcome.error)
    }
    return null
  }

  #wants(task: Task): boolean {
    return this.#options.taskTypes === undefined || this.#options.taskTypes.includes(task.type)
  }

  #mayTry(task: Task): boolean {
    return (this.#failures.get(task.id) ?? 0) < FAILURES_MAX
  }

  #explain(what: string, task: Task, refused: Refusal): void {
    const level = refused.code === 'CLAIM_LOST' ? 'info' : 'warn'
    const { code, detail } = refused
    this.#logger[level](what, { agent: this.#options.name, task: task.id, code, detail })
  }

  #begin(task: Task): Work {
    const current: Work = { task, abort: new AbortController(), isWaiting: false, done: Promise.resolve('failed') }
    return Object.assign(current, { done: this.#carryOut(current) })
  }

  async #carryOut(current: Work): Promise<AgentStep['outcome']> {
    const { task, abort } = current
    const { model = 'unspecified', provider, estimatedCostMicros, handler, workspace = null } = this.#options
    const epoch = task.claim?.epoch ?? task.epoch
    const started = await this.#client.runs.start({
      taskId: task.id,
      epoch,
      sessionKey: this.#sessionKey,
      model,
      ...(provider === undefined ? {} : { provider }),
      ...(estimatedCostMicros === undefined ? {} : { estimatedCostMicros }),
    })
    if (!started.ok) {
      this.#explain('could not start a run', task, started.error)
      return 'stopped'
    }
    const runId = started.data.run.id
    const nextWake = () => this.#nextWake(current)
    const wiring = {
      client: this.#client,
      workspace,
      task,
      epoch,
      runId,
      sessionKey: this.#sessionKey,
      abort,
      nextWake,
    }
    try {
      const submission = await handler(task, createTaskContext(wiring))
      abort.signal.throwIfAborted()
      return await this.#handIn(task, epoch, submission)
    } catch (error) {
      return await this.#giveUp(task, epoch, runId, abort.signal.aborted ? abort.signal.reason : error)
    }
  }

  /** Resolves when something may have changed: a beat, an event, the end of the work. */
  async #nextWake(current: Work): Promise<void> {
    current.isWaiting = true
    const { signal } = current.abort
    await new Promise<void>((resolve) => {
      this.#wakers.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
      if (signal.aborted) resolve()
    })
    current.isWaiting = false
  }

  async #handIn(task: Task, epoch: number, submission: Submission): Promise<AgentStep['outcome']> {
    const { checklist, ...deliverable } = typeof submission === 'string' ? { content: submission } : submission
    const assessed = checklist === undefined ? {} : { checklist }
    unwrap(await this.#client.tasks.complete({ taskId: task.id, epoch, deliverable, ...assessed }))
    this.#failures.delete(task.id)
    return 'submitted'
  }

  /** Ends the run; a task that keeps failing is given up where its people see it. */
  async #giveUp(task: Task, epoch: number, runId: string, error: unknown): Promise<AgentStep['outcome']> {
    const message = error instanceof Error ? error.message : String(error)
    this.#logger.warn('the work ended without a result', { agent: this.#options.name, task: task.id, reason: message })
    await this.#client.runs.fail({ runId, error: message })
    if (error instanceof WorkStopped) return 'stopped'
    const current = await this.#client.tasks.get({ taskId: task.id })
    if (!current.ok || current.data.status !== 'IN_PROGRESS') return 'stopped'
    // A denied call is denied the next time too; only other failures are worth another attempt.
    const count = error instanceof ToolDenied ? FAILURES_MAX : (this.#failures.get(task.id) ?? 0) + 1
    this.#failures.set(task.id, count)
    if (count >= FAILURES_MAX) await this.#escalate(task, epoch, message)
    return 'failed'
  }

  async #escalate(task: Task, epoch: number, message: string): Promise<void> {
    const reason = `gave up: ${message}`.slice(0, 2000)
    // An INTERN may not block; it says so on the task and leaves it to people.
    const blocked = await this.#client.tasks.transition({ taskId: task.id, to: 'BLOCKED', reason, epoch })
    if (blocked.ok) return
    await this.#client.messages.post({ taskId: task.id, type: 'ESCALATION', content: `@operator ${reason}` })
  }

  async #follow(signal: AbortSignal, hint: Hint): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const event of this.#client.watch({ after: 'now', signal })) {
          const isNewWork = event.kind === 'TASK_CREATED' || event.kind === 'TASK_TRANSITION'
          const me = this.#self?.id
          const isAboutMe = me !== undefined && event.agentId === me && event.actor.agentId !== me
          if (isNewWork || isAboutMe) hint.give()
        }
      } catch (error) {
        if (error instanceof RefusedError) return
        this.#logger.warn('the event stream ended; beating on', { agent: this.#options.name, error: String(error) })
      }
      if (!signal.aborted) await pause(RECONNECT_MS)
    }
  }
}

/** A reason to look before the next beat. */
class Hint {
  #isGiven = false
  #wake: () => void = () => {}

  give(): void {
    this.#isGiven = true
    this.#wake()
  }

  forget(): void {
    this.#isGiven = false
  }

  /** Waits for the time to pass, a hint, or the end. */
  within(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
      if (this.#isGiven || signal.aborted) this.#wake()
    })
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
