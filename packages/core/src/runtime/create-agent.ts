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
  readonly agent: () => Agent | null
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
  const { logger = silentLogger, heartbeatIntervalMs = 900_000 } = options
  const sessionKey = `${options.name}-session`
  const failures = new Map<string, number>()
  let self: Agent | null = null
  let work: Work | null = null
  let wakers: (() => void)[] = []

  function wake(): void {
    const waiting = wakers
    wakers = []
    for (const resolve of waiting) resolve()
  }

  function nextWake(): Promise<void> {
    return new Promise((resolve) => {
      wakers.push(resolve)
    })
  }

  async function beat(): Promise<HeartbeatReply> {
    self ??= unwrap(await client.agents.register({ name: options.name })).agent
    const reply = unwrap(
      await client.agents.heartbeat({
        sessionKey,
        health: work === null ? 'IDLE' : 'BUSY',
        currentTaskId: work?.task.id ?? null,
        intervalMs: heartbeatIntervalMs,
      }),
    )
    const ids = reply.notifications.map((note) => note.id)
    if (ids.length > 0) await client.notifications.ack({ ids })
    return reply
  }

  async function step(): Promise<AgentStep> {
    const reply = await beat()
    if (reply.directive !== 'CONTINUE' && reply.directive !== 'DRAIN' && work !== null) {
      work.abort.abort(new WorkStopped(`directive ${reply.directive}`))
    }
    wake()
    if (work === null && (reply.directive === 'CONTINUE' || reply.directive === 'DRAIN')) work = await takeUp(reply)
    const current = work
    if (current === null) return { directive: reply.directive, taskId: null, outcome: 'idle' }
    const outcome = await settled(current)
    return { directive: reply.directive, taskId: current.task.id, outcome }
  }

  /** How the work ended, or that it waits for people and the agent is free to beat again. */
  async function settled(current: Work): Promise<AgentStep['outcome']> {
    for (;;) {
      const outcome = await Promise.race([current.done, pause(WAKE_PAUSE_MS).then(() => null)])
      if (outcome !== null) {
        if (work === current) work = null
        return outcome
      }
      if (current.isWaiting) return 'waiting'
    }
  }

  async function takeUp(reply: HeartbeatReply): Promise<Work | null> {
    const me = self
    if (me === null) return null
    const isMine = (task: Task) => task.claim === null || task.claim.agentId === me.id
    const started = reply.myTasks.find(
      (task) => task.status === 'IN_PROGRESS' && task.claim?.agentId === me.id && mayTry(task),
    )
    if (started !== undefined) return begin(started)
    if (reply.directive === 'DRAIN') return null
    for (const task of reply.myTasks.filter((entry) => entry.status === 'ASSIGNED' && isMine(entry) && mayTry(entry))) {
      const outcome = await client.tasks.start({ taskId: task.id, workPlan: { bullets: await options.plan(task) } })
      if (outcome.ok) return begin(outcome.data)
      explain('could not start', task, outcome.error)
    }
    for (const task of reply.claimable.filter((entry) => wanted(entry) && mayTry(entry))) {
      const outcome = await client.tasks.claim({ taskId: task.id, workPlan: { bullets: await options.plan(task) } })
      if (outcome.ok) return begin(outcome.data.task)
      explain('could not claim', task, outcome.error)
    }
    return null
  }

  function wanted(task: Task): boolean {
    return options.taskTypes === undefined || options.taskTypes.includes(task.type)
  }

  function mayTry(task: Task): boolean {
    return (failures.get(task.id) ?? 0) < FAILURES_MAX
  }

  function explain(what: string, task: Task, refused: Refusal): void {
    const level = refused.code === 'CLAIM_LOST' ? 'info' : 'warn'
    logger[level](what, { agent: options.name, task: task.id, code: refused.code, detail: refused.detail })
  }

  function begin(task: Task): Work {
    const abort = new AbortController()
    const current: Work = { task, abort, isWaiting: false, done: Promise.resolve('failed') }
    return Object.assign(current, { done: carryOut(current) })
  }

  async function carryOut(current: Work): Promise<AgentStep['outcome']> {
    const { task, abort } = current
    const epoch = task.claim?.epoch ?? task.epoch
    const started = await client.runs.start({
      taskId: task.id,
      epoch,
      sessionKey,
      model: options.model ?? 'unspecified',
      ...(options.provider === undefined ? {} : { provider: options.provider }),
      ...(options.estimatedCostMicros === undefined ? {} : { estimatedCostMicros: options.estimatedCostMicros }),
    })
    if (!started.ok) {
      explain('could not start a run', task, started.error)
      return 'stopped'
    }
    const runId = started.data.run.id
    const context = createTaskContext({
      client,
      workspace: options.workspace ?? null,
      task,
      epoch,
      runId,
      sessionKey,
      abort,
      nextWake: async () => {
        current.isWaiting = true
        const aborted = new Promise<void>((resolve) =>
          abort.signal.addEventListener('abort', () => resolve(), { once: true }),
        )
        await Promise.race([nextWake(), aborted])
        current.isWaiting = false
      },
    })
    try {
      const submission = await options.handler(task, context)
      abort.signal.throwIfAborted()
      return await handIn(task, epoch, submission)
    } catch (error) {
      return await giveUp(task, epoch, runId, abort.signal.aborted ? abort.signal.reason : error)
    }
  }

  async function handIn(task: Task, epoch: number, submission: Submission): Promise<AgentStep['outcome']> {
    const { checklist, ...deliverable } = typeof submission === 'string' ? { content: submission } : submission
    unwrap(
      await client.tasks.complete({
        taskId: task.id,
        epoch,
        deliverable,
        ...(checklist === undefined ? {} : { checklist }),
      }),
    )
    failures.delete(task.id)
    return 'submitted'
  }

  /** Ends the run; a task that keeps failing is given up where its people see it. */
  async function giveUp(task: Task, epoch: number, runId: string, error: unknown): Promise<AgentStep['outcome']> {
    const message = error instanceof Error ? error.message : String(error)
    logger.warn('the work ended without a result', { agent: options.name, task: task.id, reason: message })
    await client.runs.fail({ runId, error: message })
    if (error instanceof WorkStopped) return 'stopped'
    const current = await client.tasks.get({ taskId: task.id })
    if (!current.ok || current.data.status !== 'IN_PROGRESS') return 'stopped'
    // A denied call is denied the next time too; only other failures are worth another attempt.
    const count = error instanceof ToolDenied ? FAILURES_MAX : (failures.get(task.id) ?? 0) + 1
    failures.set(task.id, count)
    if (count >= FAILURES_MAX) await escalate(task, epoch, message)
    return 'failed'
  }

  async function escalate(task: Task, epoch: number, message: string): Promise<void> {
    const reason = `gave up: ${message}`.slice(0, 2000)
    // An INTERN may not block; it says so on the task and leaves it to people.
    const blocked = await client.tasks.transition({ taskId: task.id, to: 'BLOCKED', reason, epoch })
    if (!blocked.ok) await client.messages.post({ taskId: task.id, type: 'ESCALATION', content: `@operator ${reason}` })
  }

  async function follow(signal: AbortSignal, notify: () => void): Promise<void> {
    while (!signal.aborted) {
      try {
        for await (const event of client.watch({ after: 'now', signal })) {
          const isNewWork = event.kind === 'TASK_CREATED' || event.kind === 'TASK_TRANSITION'
          if (isNewWork || (self !== null && event.agentId === self.id && event.actor.agentId !== self.id)) notify()
        }
      } catch (error) {
        if (error instanceof RefusedError) return
        logger.warn('the event stream ended; beating on', { agent: options.name, error: String(error) })
      }
      if (!signal.aborted) await pause(RECONNECT_MS)
    }
  }

  async function run(signal: AbortSignal): Promise<void> {
    let hinted = false
    let hint: () => void = () => {}
    const following = follow(signal, () => {
      hinted = true
      hint()
    })
    const stop = () => {
      work?.abort.abort(new WorkStopped('the agent is shutting down'))
      hint()
    }
    signal.addEventListener('abort', stop, { once: true })
    while (!signal.aborted) {
      hinted = false
      let outcome: AgentStep['outcome'] = 'idle'
      try {
        outcome = (await step()).outcome
      } catch (error) {
        logger.warn('a beat failed', { agent: options.name, error: String(error) })
      }
      // After a task there may be another; otherwise wait for the next beat or for an event.
      if (outcome === 'submitted') continue
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, heartbeatIntervalMs)
        hint = () => {
          clearTimeout(timer)
          resolve()
        }
        if (hinted || signal.aborted) hint()
      })
      // Many events at once are one reason to look.
      if (!signal.aborted) await pause(WAKE_PAUSE_MS)
    }
    if (work !== null) await (work as Work).done
    await following
  }

  return { agent: () => self, step, run }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
