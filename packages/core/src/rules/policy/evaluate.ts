import { redactText } from '../redaction.ts'
import type { CompiledPolicy } from './compile.ts'
import type { RiskLevel, ToolAssessment, Violation } from './types.ts'

export type PolicyAction = 'TOOL_CALL' | 'RUN_START' | 'SPAWN' | 'TRANSITION'

/** Everything the twelve steps look at, gathered by the caller from one snapshot. */
export interface EvaluationInput {
  readonly action: PolicyAction
  readonly identity: { readonly isThisAgent: boolean; readonly inProject: boolean; readonly epochCurrent: boolean }
  readonly policy: CompiledPolicy | null
  /** The stricter of the system's and the project's mode. */
  readonly operatorMode: 'NORMAL' | 'PAUSED' | 'DRAINING' | 'QUARANTINED'
  readonly agent: {
    readonly role: 'INTERN' | 'SPECIALIST' | 'LEAD'
    readonly isCao: boolean
    readonly status: 'ACTIVE' | 'PAUSED' | 'DRAINED' | 'QUARANTINED' | 'OFFLINE'
    readonly pausedBy: 'BUDGET' | 'OPERATOR' | 'ERROR' | 'LOOP' | 'OFFLINE' | null
    readonly draining: boolean
    /** Capabilities; null allows all. */
    readonly allowedTools: readonly string[] | null
    /** Empty allows all. */
    readonly allowedTaskTypes: readonly string[]
  }
  readonly run: { readonly isStopped: boolean } | null
  readonly task: { readonly status: string; readonly type: string; readonly heldByThisAgent: boolean } | null
  /** Null for actions that are no tool call; then `riskLevel` speaks, and its absence counts as RED. */
  readonly assessment: ToolAssessment | null
  readonly riskLevel?: RiskLevel
  readonly budgets: readonly {
    readonly scopeType: 'RUN' | 'TASK' | 'AGENT' | 'PROJECT' | 'TEAM'
    readonly accountId: string
    /** Null is unlimited. */
    readonly remainingMicros: number | null
    readonly neededMicros: number
  }[]
  /** Reasons found elsewhere, such as spawn quotas. */
  readonly extraViolations: readonly Violation[]
  /** A live unused grant for this payload hash. */
  readonly grant: { readonly covers: readonly string[] } | null
}

/** The verdict with the rules behind it. */
export interface Judgement {
  readonly decision: 'ALLOW' | 'NEEDS_APPROVAL' | 'DENY'
  readonly riskLevel: RiskLevel
  readonly reason: string
  /** Every reason found, those that the grant lifted included. */
  readonly violations: readonly Violation[]
  /** True when the call is allowed only because of the grant, which must then be consumed. */
  readonly usesGrant: boolean
}

/** A judgement as it is recorded and shown to whoever has to ask for an approval. */
export interface Evaluation extends Judgement {
  readonly hint: { readonly actionType: string; readonly suggestedJustification: string } | null
}

type Violations = readonly Violation[]

/** Adds to the list what one step has to say about a call. Of most calls no step says anything, and no list is made. */
type Step = (said: Violations, input: EvaluationInput, risk: RiskLevel) => Violations

const NONE: Violations = []

function joined(said: Violations, more: Violations): Violations {
  if (more.length === 0) return said
  return said.length === 0 ? more : [...said, ...more]
}

function deny(said: Violations, step: number, code: string, detail: string): Violations {
  return [...said, { step, code, detail, verdict: 'DENY', overridable: false }]
}

function ask(said: Violations, step: number, code: string, detail: string, overridable = true): Violations {
  return [...said, { step, code, detail, verdict: 'NEEDS_APPROVAL', overridable }]
}

const identity: Step = (said, { identity: who }) => {
  if (!who.isThisAgent) return deny(said, 1, 'PRINCIPAL_MISMATCH', 'the principal is not this agent')
  if (!who.inProject) return deny(said, 1, 'PROJECT_MISMATCH', 'the agent is not in this project')
  if (!who.epochCurrent) return deny(said, 1, 'EPOCH_STALE', 'the claim has moved on to another epoch')
  return said
}

const activePolicy: Step = (said, { policy }) =>
  policy === null ? deny(said, 2, 'NO_POLICY', 'no policy is active') : said

/** While draining, work in progress may finish and nothing new begins. */
function isFinishingWork({ action, task }: EvaluationInput): boolean {
  if (action === 'TRANSITION') return true
  return action !== 'SPAWN' && task !== null && task.heldByThisAgent && task.status === 'IN_PROGRESS'
}

const operatorMode: Step = (said, input) => {
  if (input.operatorMode === 'NORMAL') return said
  if (input.operatorMode === 'DRAINING' && isFinishingWork(input)) return said
  return deny(said, 3, 'OPERATOR_MODE', `the operator mode is ${input.operatorMode}`)
}

/** A pause by the budget stops what is new; an open run goes on within its hold and may hand in its work. */
function isWithinBudgetPause({ agent, action, run }: EvaluationInput): boolean {
  if (agent.status !== 'PAUSED' || agent.pausedBy !== 'BUDGET') return false
  return action === 'TRANSITION' || (action === 'TOOL_CALL' && run !== null && !run.isStopped)
}

const agentStatus: Step = (said, input) => {
  const { agent, run } = input
  if (agent.status !== 'ACTIVE' && !isWithinBudgetPause(input)) {
    return deny(said, 4, 'AGENT_NOT_ACTIVE', `the agent is ${agent.status}`)
  }
  if (agent.draining && !isFinishingWork(input)) return deny(said, 4, 'AGENT_DRAINING', 'the agent is draining')
  if (run?.isStopped === true) return deny(said, 4, 'RUN_STOPPED', 'the run has been stopped')
  return said
}

const taskHeld: Step = (said, { action, task }, risk) => {
  // Which transitions a task may make is the transition table's matter.
  if (task === null || action === 'TRANSITION') return said
  if (task.status === 'IN_PROGRESS' && task.heldByThisAgent) return said
  if (action === 'TOOL_CALL' && risk === 'GREEN') return said
  if (task.status === 'NEEDS_APPROVAL' && task.heldByThisAgent) {
    return ask(said, 4, 'TASK_WAITING', 'the task waits for a decision; nothing above GREEN runs meanwhile', false)
  }
  return deny(said, 4, 'TASK_NOT_HELD', `the task is ${task.status} or not held by this agent`)
}

/** As `includes`, which the compiler cannot take apart. Most names differ in length, which is the cheaper question. */
function holds(list: readonly string[], wanted: string): boolean {
  for (const entry of list) if (entry.length === wanted.length && entry === wanted) return true
  return false
}

const allowances: Step = (said, { action, agent, task, assessment }) => {
  const capability = assessment?.capability ?? (action === 'SPAWN' ? 'agent.spawn' : null)
  if (capability !== null && agent.allowedTools !== null && !holds(agent.allowedTools, capability)) {
    return deny(said, 5, 'TOOL_NOT_ALLOWED', `${capability} is not among the agent's tools`)
  }
  if (task !== null && agent.allowedTaskTypes.length > 0 && !agent.allowedTaskTypes.includes(task.type)) {
    return deny(said, 5, 'TASK_TYPE_NOT_ALLOWED', `${task.type} is not among the agent's task types`)
  }
  return said
}

const tool: Step = (said, { action, assessment }) => {
  if (assessment !== null) return joined(said, assessment.violations)
  return action === 'TOOL_CALL' ? deny(said, 6, 'TOOL_NOT_ASSESSED', 'a tool call came without its assessment') : said
}

const budgets: Step = (said, input) => {
  let all = said
  for (const { scopeType, accountId, remainingMicros, neededMicros } of input.budgets) {
    // Written so that anything that is no number counts as no room.
    if (neededMicros >= 0 && (remainingMicros === null || neededMicros <= remainingMicros)) continue
    const detail = `${scopeType} account ${accountId} has ${remainingMicros} left, needed are ${neededMicros}`
    all = ask(all, 9, 'BUDGET_EXCEEDED', detail, false)
  }
  return all
}

const spawning: Step = (said, { action, agent, extraViolations }) => {
  const isByIntern = action === 'SPAWN' && agent.role === 'INTERN'
  return joined(isByIntern ? deny(said, 10, 'SPAWN_REFUSED', 'an INTERN never spawns') : said, extraViolations)
}

const role: Step = (said, { agent, task, policy }, risk) => {
  if (risk === 'GREEN') return said
  if (risk === 'RED') return ask(said, 12, 'RISK_RED', 'the call is RED')
  const all = agent.role === 'INTERN' ? ask(said, 12, 'ROLE_INTERN', 'a YELLOW call by an INTERN') : said
  if (task !== null || policy?.rules.yellowRequiresTask !== true) return all
  return ask(all, 12, 'TASK_REQUIRED', 'a YELLOW call that names no task')
}

/** Grants are bound to reasons, and no grant reaches steps 1 to 6 or the budget. */
export function isLifted(violation: Violation, grant: EvaluationInput['grant']): boolean {
  if (grant === null || violation.verdict === 'DENY' || !violation.overridable) return false
  if (violation.step <= 6 || violation.step === 9) return false
  return grant.covers.includes(violation.code)
}

const ACTION_TYPES: Readonly<Record<PolicyAction, string>> = {
  TOOL_CALL: 'TOOL_CALL',
  RUN_START: 'RUN_START',
  SPAWN: 'SPAWN',
  TRANSITION: 'STATE_TRANSITION',
}

function openOf(violations: readonly Violation[], grant: EvaluationInput['grant']): readonly Violation[] {
  return grant === null ? violations : violations.filter((violation) => !isLifted(violation, grant))
}

function hintFor(action: PolicyAction, open: readonly Violation[]): Evaluation['hint'] {
  const actionType = open.some(({ code }) => code === 'BUDGET_EXCEEDED') ? 'BUDGET_OVERRIDE' : ACTION_TYPES[action]
  // It is stored with the decision, and may quote a path or a URL that has a secret in it.
  const because = redactText(open.map(({ detail }) => detail).join('; '))
  return { actionType, suggestedJustification: `Needed because: … (asked for: ${because})`.slice(0, 2000) }
}

/** What all steps have to say, in their order. Called one by one: a list of functions could not be compiled into one. */
function violationsOf(input: EvaluationInput, riskLevel: RiskLevel): Violations {
  let said = identity(NONE, input, riskLevel)
  said = activePolicy(said, input, riskLevel)
  said = operatorMode(said, input, riskLevel)
  said = agentStatus(said, input, riskLevel)
  said = taskHeld(said, input, riskLevel)
  said = allowances(said, input, riskLevel)
  said = tool(said, input, riskLevel)
  said = budgets(said, input, riskLevel)
  said = spawning(said, input, riskLevel)
  return role(said, input, riskLevel)
}

function allowed(riskLevel: RiskLevel): Judgement {
  const reason = `${riskLevel} and within the lists`
  return Object.freeze({ decision: 'ALLOW', riskLevel, reason, violations: NONE, usesGrant: false })
}

/** Nothing is said against most calls, which therefore share their judgement. */
const ALLOWED = { GREEN: allowed('GREEN'), YELLOW: allowed('YELLOW'), RED: allowed('RED') } as const

function fold(input: EvaluationInput): Judgement {
  const riskLevel = input.assessment?.riskLevel ?? input.riskLevel ?? 'RED'
  const violations = violationsOf(input, riskLevel)
  if (violations.length === 0) return ALLOWED[riskLevel]
  for (const { verdict, detail } of violations) {
    if (verdict === 'DENY') return { decision: 'DENY', riskLevel, reason: detail, violations, usesGrant: false }
  }
  const [first] = openOf(violations, input.grant)
  if (first === undefined) {
    return { decision: 'ALLOW', riskLevel, reason: 'allowed by an approval', violations, usesGrant: true }
  }
  return { decision: 'NEEDS_APPROVAL', riskLevel, reason: first.detail, violations, usesGrant: false }
}

/**
 * Folds all twelve steps of the evaluation order into one verdict. The answer is DENY unless every step speaks for the
 * call; a fault inside a step is a DENY as well.
 */
export function judge(input: EvaluationInput): Judgement {
  try {
    return fold(input)
  } catch (error) {
    const detail = `a rule failed: ${error instanceof Error ? error.message : 'unknown fault'}`
    return {
      ...{ decision: 'DENY', riskLevel: 'RED', reason: detail },
      ...{ violations: deny(NONE, 6, 'RULE_ERROR', detail), usesGrant: false },
    }
  }
}

/** The judgement with what to say when an approval is asked for. */
export function evaluate(input: EvaluationInput): Evaluation {
  const { decision, riskLevel, reason, violations, usesGrant } = judge(input)
  const hint = decision === 'NEEDS_APPROVAL' ? hintFor(input.action, openOf(violations, input.grant)) : null
  return { decision, riskLevel, reason, violations, usesGrant, hint }
}
