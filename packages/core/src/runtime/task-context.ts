import type { MissionControlClient } from '../client.ts'
import { RefusedError } from '../errors.ts'
import type { ExecutionPlan } from '../model/execution-plan.ts'
import type { Outcome } from '../model/refusal.ts'
import type { Tokens } from '../model/run.ts'
import type { Task } from '../model/task.ts'
import type { JsonValue } from '../model/text.ts'
import type { AgentWorkspace, WorkspaceResult } from '../ports/agent-workspace.ts'
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
  const { client, task, runId, abort } = wiring
  const signal = abort.signal
  let calls = 0

  function stop(reason: WorkStopped): never {
    abort.abort(reason)
    throw reason
  }

  function answer<T>(outcome: Outcome<T>): T {
    signal.throwIfAborted()
    if (outcome.ok) return outcome.data
    if (LOST.includes(outcome.error.code)) stop(new WorkStopped(outcome.error.detail, outcome.error))
    throw new RefusedError(outcome.error)
  }

  async function decided(approvalId: string, tool: string): Promise<void> {
    for (;;) {
      const approval = answer(await client.approvals.get({ approvalId }))
      if (approval.status === 'APPROVED') {
        const current = answer(await client.tasks.get({ taskId: task.id }))
        if (current.status === 'IN_PROGRESS') return
        // Other requests of the task are still open; it comes back when the last is decided.
        if (current.status !== 'NEEDS_APPROVAL') stop(new WorkStopped(`the task is ${current.status}`))
      } else if (approval.status !== 'PENDING') {
        const verdict = approval.decisions.findLast((decision) => decision.verdict === 'DENY')
        throw new ToolDenied(tool, `${approval.status}${verdict?.reason ? ` (${verdict.reason})` : ''}`, approvalId)
      }
      await wiring.nextWake()
      signal.throwIfAborted()
    }
  }

  async function guard(tool: string, input: JsonValue, options: GuardOptions = {}): Promise<WorkspaceResult> {
    const { workspace } = wiring
    const execute = options.execute
    if (execute === undefined && workspace === null) throw new Error('guard needs a workspace or an execute function')
    const call = { tool, input, cwd: options.cwd ?? null }
    for (;;) {
      signal.throwIfAborted()
      const resolved = workspace === null ? undefined : await workspace.resolve(call)
      const gate = answer(
        await client.toolCalls.gate({
          runId,
          epoch: wiring.epoch,
          sessionKey: wiring.sessionKey,
          tool,
          input,
          ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
          ...(options.justification === undefined ? {} : { justification: options.justification }),
          ...(options.rollbackPlan === undefined ? {} : { rollbackPlan: options.rollbackPlan }),
          ...(resolved === undefined ? {} : { resolved }),
        }),
      )
      if (gate.decision === 'NEEDS_APPROVAL' && gate.approvalId !== null) {
        await decided(gate.approvalId, tool)
        continue
      }
      if (gate.decision !== 'ALLOW') throw new ToolDenied(tool, gate.reason, gate.approvalId)
      const begun = answer(
        await client.toolCalls.begin({
          toolCallId: gate.toolCallId,
          epoch: wiring.epoch,
          // Sent again, so that the call is judged anew in the moment it begins.
          input,
          ...(resolved === undefined ? {} : { resolved }),
        }),
      )
      const result = await run(() =>
        execute === undefined && workspace !== null
          ? workspace.execute({ ...call, plan: begun.plan, signal })
          : (execute as NonNullable<typeof execute>)({ plan: begun.plan, signal }),
      )
      answer(
        await client.toolCalls.end({
          toolCallId: gate.toolCallId,
          epoch: wiring.epoch,
          status: result.ok ? 'SUCCESS' : 'FAILED',
          ...(result.ok ? { output: result.output } : { error: result.output || 'failed without a message' }),
        }),
      )
      return result
    }
  }

  async function usage(line: Usage): Promise<void> {
    calls++
    const { tokens, ...rest } = line
    const reported = answer(
      await client.runs.report({
        runId,
        epoch: wiring.epoch,
        lines: [
          {
            ...rest,
            callId: line.callId ?? `${runId}:${calls}`,
            ...(tokens === undefined
              ? {}
              : { tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, reasoning: 0, ...tokens } }),
          },
        ],
      }),
    )
    if (reported.directive === 'STOP') stop(new WorkStopped('the run was stopped'))
  }

  async function progress(text: string): Promise<void> {
    answer(await client.messages.post({ taskId: task.id, type: 'PROGRESS', content: text, epoch: wiring.epoch }))
  }

  return { task, runId, signal, guard, usage, progress }
}

/** A tool that throws has failed; what it had done by then is not known, and its record says so. */
async function run(execute: () => Promise<WorkspaceResult>): Promise<WorkspaceResult> {
  try {
    return await execute()
  } catch (error) {
    return { ok: false, output: error instanceof Error ? error.message : String(error) }
  }
}
