import type { ExecutionPlan } from '../../model/execution-plan.ts'
import type { HostFacts } from '../../model/tool-act.ts'

export type { HostFacts }

/** How much harm a call can do: internal and reversible, guarded, or external and irreversible. */
export type RiskLevel = 'GREEN' | 'YELLOW' | 'RED'

/** What one violation demands on its own; the worst of all violations decides. */
export type Verdict = 'DENY' | 'NEEDS_APPROVAL'

/** One reason against a call, with the step of the evaluation order that found it. */
export interface Violation {
  readonly step: number
  readonly code: string
  readonly detail: string
  readonly verdict: Verdict
  /** True when an approval (a grant that covers `code`) may lift it. */
  readonly overridable: boolean
}

/** A tool call as the agent asks for it, before anything in it is trusted. */
export interface ToolCall {
  readonly tool: string
  readonly input: unknown
  readonly cwd: string | null
  readonly workspacePath: string
  readonly home: string | null
  readonly resolved: HostFacts | null
  /** The shell that a command was written for; absent or null: one that reads like bash. */
  readonly shell?: string | null
  /** The system it was written for, in Node's words. Windows command lines are not understood. */
  readonly platform?: string | null
}

/** Redacted parsed inputs of a call, enough to re-evaluate the decision later. Plain JSON. */
export interface ToolFacts {
  readonly tool: string
  readonly words: readonly string[]
  readonly paths: readonly string[]
  readonly hosts: readonly string[]
  readonly amounts: readonly number[]
}

/** What the text and the facts say about one tool call: steps 6 to 8 of the evaluation order. */
export interface ToolAssessment {
  readonly capability: string
  readonly riskLevel: RiskLevel
  /** Hard denies (step 6), what is not listed (7) and what the detectors found (8). */
  readonly violations: readonly Violation[]
  /** For `shell.exec` when every word could be proven literal: what may be run, without a shell. */
  readonly plan: ExecutionPlan | null
  readonly facts: ToolFacts
}
