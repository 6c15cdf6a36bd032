import type { MissionControlClient } from '../client.ts'
import { RefusedError } from '../errors.ts'
import type { ExecutionPlan } from '../model/execution-plan.ts'
import type { Outcome } from '../model/refusal.ts'
import { NO_TOKENS, type Tokens } from '../model/run.ts'
import type { Task } from '../model/task.ts'
import type { JsonValue } from '../model/text.ts'
import type { HostFacts } from '../model/tool-act.ts'
import type { AgentWorkspace, WorkspaceCall, WorkspaceResult } from '../ports/agent-workspace.ts'
import { ToolDenied, WorkStopped } from './errors.ts'

/** What one model call or one other charge cost. */
export interface Usage {
  readonly callId?: string
  readonly provider?: string
  readonly model?: string
  readonly tokens?: Partial<Tokens>
  /** Cost as the provider states it, in micro-USD. */
  readonly costMicros?: number
  /** A charge that is no model call. */
  readonly label?: string
  readonly billing?: 'METERED' | 'SUBSCRIPTION'
  readonly isEstimated?: boolean
}

export interface GuardOptions {
  readonly cwd?: string
  /** Shown to whoever has to approve the call. */
  readonly justification?: string
  /** How to undo it; a RED call cannot be approved without. */
  readonly rollbackPlan?: string
  /** Runs the allowed call; default: the agent's workspace. */
  readonly execute?: (allowed: { plan: ExecutionPlan | null; signal: AbortSignal }) => Promise<WorkspaceResult>
}

/** What a handler works with. Everything it does goes through here, so that it can be allowed, counted and stopped. */
export interface TaskContext {
  readonly task: Task
  readonly runId: string
  /** Aborts when the work has to end. */
  readonly signal: AbortSignal
  /**
   * Makes a tool call if the policy allows it. When people must approve, it waits for them; denied, it throws ToolDenied.
   * What was allowed is run at most once.
   */
  guard(tool: string, input: JsonValue, options?: GuardOptions): Promise<WorkspaceResult>
  /** Reports cost. Throws WorkStopped when the budget is spent. */
  usage(usage: Usage): Promise<void>
  /** Says on the task how far the work is. */
  progress(text: string): Promise<void>
}

interface Wiring {
  readonly client: MissionControlClient
  readonly workspace: AgentWorkspace | null
  readonly task: Task
  readonly epoch: number
  readonly runId: string
  readonly sessionKey: string
  readonly abort: AbortController
  /** Resolves when something may have changed: a beat, an event, the end of the work. */
  readonly nextWake: () => Promise<void>
}

const LOST = ['LEASE_LOST', 'AGENT_NOT_ACTIVE', 'OPERATOR_MODE', 'RUN_CLOSED', 'UNAUTHENTICATED', 'NOT_FOUND']

/** Builds the context of one run on one task. */
export function createTaskContext(wiring: Wiring): TaskContext {
  return new RunContext(wiring)
}

class RunContext implements TaskContext {
  readonly task: Task
  readonly runId: string
  readonly signal: AbortSignal
  readonly #wiring: Wiring
  #lines = 0

  constructor(wiring: Wiring) {
    this.task = wiring.task
    this.runId = wiring.runId
    this.signal = wiring.abort.signal
    this.#wiring = wiring
  }

  async guard(tool: string, input: JsonValue, options: GuardOptions = {}): Promise<WorkspaceResult> {
    const { workspace } = this.#wiring
    if (options.execute === undefined && workspace === null) {
      throw new Error('guard needs a workspace or an execute function')
    }
    const call = { tool, input, cwd: options.cwd ?? null }
    for (;;) {
      this.signal.throwIfAborted()
      const resolved = workspace === null ? null : await workspace.resolve(call)
      const gate = await this.#gate(call, resolved, options)
      if (gate.decision === 'NEEDS_APPROVAL' && gate.approvalId !== null) {
        await this.#decided(gate.approvalId, tool)
        continue
      }
      if (gate.decision !== 'ALLOW') throw new ToolDenied(tool, gate.reason, gate.approvalId)
      return this.#carryOut(gate.toolCallId, call, resolved, options)
    }
  }

  async usage(line: Usage): Promise<void> {
    this.#lines++
    const { tokens, ...rest } = line
    const callId = line.callId ?? `${this.runId}:${this.#lines}`
    const counted = tokens === undefined ? {} : { tokens: { ...NO_TOKENS, ...tokens } }
    const reported = this.#answer(
      await this.#wiring.client.runs.report({
        runId: this.runId,
        epoch: this.#wiring.epoch,
        lines: [{ ...rest, ...counted, callId }],
      }),
    )
    if (reported.directive === 'STOP') this.#stop(new WorkStopped('the run was stopped'))
  }

  async progress(text: string): Promise<void> {
    const { client, epoch } = this.#wiring
    this.#answer(await client.messages.post({ taskId: this.task.id, type: 'PROGRESS', content: text, epoch }))
  }

  #stop(reason: WorkStopped): never {
    this.#wiring.abort.abort(reason)
    throw reason
  }

  #answer<T>(outcome: Outcome<T>): T {
    this.signal.throwIfAborted()
    if (outcome.ok) return outcome.data
    if (LOST.includes(outcome.error.code)) this.#stop(new WorkStopped(outcome.error.detail, outcome.error))
    throw new RefusedError(outcome.error)
  }

  async #gate(call: WorkspaceCall & { input: JsonValue }, resolved: HostFacts | null, options: GuardOptions) {
    const { client, epoch, sessionKey } = this.#wiring
    const { cwd, justification, rollbackPlan } = options
    return this.#answer(
      await client.toolCalls.gate({
        runId: this.runId,
        epoch,
        sessionKey,
        tool: call.tool,
        input: call.input,
        resolved,
        ...(cwd === undefined ? {} : { cwd }),
        ...(justification === undefined ? {} : { justification }),
        ...(rollbackPlan === undefined ? {} : { rollbackPlan }),
      }),
    )
  }

  /** Waits until people have approved and the task is back in work; throws when they said no. */
  async #decided(approvalId: string, tool: string): Promise<void> {
    const { client, nextWake } = this.#wiring
    for (;;) {
      const approval = this.#answer(await client.approvals.get({ approvalId }))
      if (approval.status === 'APPROVED') {
        const current = this.#answer(await client.tasks.get({ taskId: this.task.id }))
        if (current.status === 'IN_PROGRESS') return
        // Other requests of the task are still open; it comes back when the last is decided.
        if (current.status !== 'NEEDS_APPROVAL') this.#stop(new WorkStopped(`the task is ${current.status}`))
      } else if (approval.status !== 'PENDING') {
        const verdict = approval.decisions.findLast((decision) => decision.verdict === 'DENY')
        throw new ToolDenied(tool, `${approval.status}${verdict?.reason ? ` (${verdict.reason})` : ''}`, approvalId)
      }
      await nextWake()
      this.signal.throwIfAborted()
    }
  }

  /** Begins, runs and ends an allowed call. It is judged once more in the moment it begins. */
  async #carryOut(
    toolCallId: string,
    call: WorkspaceCall & { input: JsonValue },
    resolved: HostFacts | null,
    options: GuardOptions,
  ): Promise<WorkspaceResult> {
    const { client, epoch, workspace } = this.#wiring
    const { signal } = this
    const { plan } = this.#answer(await client.toolCalls.begin({ toolCallId, epoch, input: call.input, resolved }))
    const result = await run(() => {
      if (options.execute !== undefined) return options.execute({ plan, signal })
      if (workspace !== null) return workspace.execute({ ...call, plan, signal })
      throw new Error('guard needs a workspace or an execute function')
    })
    const how = result.ok
      ? { status: 'SUCCESS' as const, output: result.output }
      : { status: 'FAILED' as const, error: result.output || 'failed without a message' }
    this.#answer(await client.toolCalls.end({ toolCallId, epoch, ...how }))
    return result
  }
}

/** A tool that throws has failed; what it had done by then is not known, and its record says so. */
async function run(execute: () => Promise<WorkspaceResult>): Promise<WorkspaceResult> {
  try {
    return await execute()
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : String(error) }
  }
}
