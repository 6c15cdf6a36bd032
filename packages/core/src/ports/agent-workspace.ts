import type { ExecutionPlan } from '../model/execution-plan.ts'
import type { HostFacts } from '../model/tool-act.ts'

/** One tool call as an agent wants to make it. */
export interface WorkspaceCall {
  readonly tool: string
  readonly input: unknown
  readonly cwd: string | null
}

/** How a call went. A tool that fails is an answer, not an exception. */
export interface WorkspaceResult {
  readonly ok: boolean
  readonly output: string
}

/**
 * The place where an agent's tools run. It finds out what names really point to, and runs what was allowed:
 * for a shell call the plan, never the text.
 */
export interface AgentWorkspace {
  resolve(call: WorkspaceCall): Promise<HostFacts>
  execute(
    call: WorkspaceCall & { readonly plan: ExecutionPlan | null; readonly signal: AbortSignal },
  ): Promise<WorkspaceResult>
}
