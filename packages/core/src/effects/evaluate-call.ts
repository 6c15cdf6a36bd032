import { joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Agent } from '../model/agent.ts'
import type { Approval } from '../model/approval.ts'
import type { OperatorMode } from '../model/project.ts'
import type { Run } from '../model/run.ts'
import type { Task } from '../model/task.ts'
import type { JsonValue } from '../model/text.ts'
import type { BudgetView } from '../model/tool-call.ts'
import type { Scope } from '../ports/storage.ts'
import { isBoundTo, isGrantCurrent } from '../rules/approval.ts'
import { remaining } from '../rules/budget.ts'
import { payloadHash, toolCallPayload } from '../rules/payload-hash.ts'
import { assessToolCall } from '../rules/policy/assess.ts'
import type { CompiledPolicy } from '../rules/policy/compile.ts'
import { type Evaluation, type EvaluationInput, evaluate } from '../rules/policy/evaluate.ts'
import type { HostFacts, ToolAssessment, Violation } from '../rules/policy/types.ts'
import { type CallMoney, callMoney, callMoneyScope } from './call-money.ts'
import { type GrantSearch, liveGrant, nextRunScope } from './consume-grant.ts'
import { approvalScope } from './open-approval.ts'
import { policyOf, policyScope } from './policy-in-force.ts'
import { agentScope } from './task-scope.ts'

/** One tool call as its agent asks for it. */
export interface CallRequest {
  readonly projectId: string
  readonly agentId: string
  readonly runId: string | null
  /** Null: the task of the run, or none. */
  readonly taskId: string | null
  readonly epoch: number | null
  /** What would be done; null when only a prior decision on it is left. */
  readonly act: CallAct | null
  readonly estimatedCostMicros: number | null
}

export interface CallAct {
  readonly tool: string
  readonly input: JsonValue
  readonly cwd: string | null
  readonly resolved: HostFacts | null
}

/** What is left of an earlier decision on the same call. */
export interface PriorDecision {
  /** What its text said, for when the text is no longer at hand; under the same policy it still says so. */
  readonly assessment: ToolAssessment | null
  readonly payloadHash: string
  /** A grant this call has consumed; it counts for it until it expires. */
  readonly consumed: Approval | null
}

/** What judging needs; a decision has it, and so have a scope and a query. */
export interface CallSight {
  readonly snapshot: Snapshot
  readonly now: number
  readonly project: { readonly id: string }
  /** The strictest of installation and project. */
  readonly mode: OperatorMode
}

/** All that the policy has to say about one call. */
export interface JudgedCall {
  readonly agent: Agent
  readonly run: Run | null
  readonly task: Task | null
  readonly policy: CompiledPolicy | null
  /** What would be done; null when only a prior decision on it is left. */
  readonly act: CallAct | null
  readonly assessment: ToolAssessment | null
  readonly payload: JsonValue
  readonly payloadHash: string
  /** What the twelve steps looked at. */
  readonly evaluationInput: EvaluationInput
  readonly evaluation: Evaluation
  /** What a human would have to agree to: reasons that no grant lifts. */
  readonly open: readonly Violation[]
  /** The permission that was taken into account, consumed before or not yet. */
  readonly grant: Approval | null
  readonly money: CallMoney
  readonly budget: BudgetView
  readonly estimatedCostMicros: number | null
}

/** The run and the task that a call belongs to: the task is that of its run. */
function subjectOf(snapshot: Snapshot, { runId, taskId }: CallRequest): { run: Run | null; task: Task | null } | null {
  if (runId !== null && !snapshot.has('run', runId)) return null
  const run = runId === null ? null : snapshot.peek('run', runId)
  const ofTask = run?.taskId ?? taskId
  if (ofTask !== null && !snapshot.has('task', ofTask)) return null
  return { run, task: ofTask === null ? null : snapshot.peek('task', ofTask) }
}

/** What judging a call reads; grows with what has been seen, until `judgeCall` can answer. */
export function callScope(request: CallRequest, sight: CallSight | null, prior: PriorDecision | null = null): Scope {
  const { projectId, agentId, runId, taskId } = request
  const base = joinScopes(policyScope(projectId), agentScope(agentId), {
    records: [
      ...(runId === null ? [] : [{ kind: 'run' as const, id: runId }]),
      ...(taskId === null ? [] : [{ kind: 'task' as const, id: taskId }]),
    ],
  })
  if (sight === null) return base
  const { snapshot } = sight
  const run = runId !== null && snapshot.has('run', runId) ? snapshot.peek('run', runId) : null
  const ofTask = run?.taskId ?? taskId
  const more = joinScopes(
    base,
    ofTask === null ? {} : { records: [{ kind: 'task', id: ofTask }] },
    callMoneyScope({ ...request, taskId: ofTask, run }, snapshot),
  )
  const judged = judgeCall(sight, request, prior)
  // What is allowed as it stands needs no permission to be looked for.
  if (judged === null || judged.evaluation.violations.length === 0) return more
  return joinScopes(
    more,
    approvalScope(projectId, judged.payloadHash),
    nextRunScope(sight, grantSearch(request, judged)),
  )
}

function grantSearch(
  { agentId, runId, estimatedCostMicros }: CallRequest,
  of: { task: Task | null; policy: CompiledPolicy | null; payloadHash: string },
): GrantSearch {
  return {
    actionType: 'TOOL_CALL',
    payloadHash: of.payloadHash,
    agentId,
    taskId: of.task?.id ?? null,
    taskEpoch: of.task?.epoch ?? null,
    runId,
    estimatedCostMicros,
    policyVersion: of.policy?.version ?? null,
  }
}

/** Parsing a command twice gives the same twice: what a call's text says under one policy is kept while it is decided on. */
const assessments = new WeakMap<
  CallAct,
  { policy: CompiledPolicy; workspacePath: string; assessment: ToolAssessment }
>()

function assess(policy: CompiledPolicy, act: CallAct, workspacePath: string): ToolAssessment {
  const known = assessments.get(act)
  if (known?.policy === policy && known.workspacePath === workspacePath) return known.assessment
  const assessment = assessToolCall(policy, {
    tool: act.tool,
    input: act.input,
    cwd: act.cwd,
    workspacePath,
    home: null,
    resolved: act.resolved,
  })
  assessments.set(act, { policy, workspacePath, assessment })
  return assessment
}

const UNKNOWN_CAPABILITY = 'unknown'

/**
 * All twelve steps of the evaluation order for one call, on one snapshot: gate, begin and explain ask this one
 * function. Pure: it writes, holds and consumes nothing. Null while not everything it needs has been read.
 */
export function judgeCall(
  sight: CallSight,
  request: CallRequest,
  prior: PriorDecision | null = null,
): JudgedCall | null {
  const { snapshot, project, mode } = sight
  const subject = subjectOf(snapshot, request)
  const arePoliciesRead = [null, project.id].every((owner) => snapshot.hasLookup('activePolicies', [owner]))
  const agent = snapshot.has('agent', request.agentId) ? snapshot.peek('agent', request.agentId) : null
  if (subject === null || agent === null || !arePoliciesRead) return null
  const { run, task } = subject
  const policy = policyOf(snapshot, project.id, { taskType: task?.type ?? null, agentId: agent.id })
  const assessment = assessmentOf(policy, request.act, prior, agent.workspacePath)
  const payload = payloadOf(request.act, assessment, agent.workspacePath)
  const hash =
    request.act === null && prior !== null
      ? prior.payloadHash
      : payloadHash({
          projectId: project.id,
          agentId: agent.id,
          taskId: task?.id ?? null,
          actionType: 'TOOL_CALL',
          payload,
        })
  const search = grantSearch(request, { task, policy, payloadHash: hash })
  const consumed = prior?.consumed ?? null
  const isOwn = consumed !== null && isGrantCurrent(consumed, sight.now) && isBoundTo(consumed, search)
  const grant = isOwn ? consumed : liveGrant(sight, search)
  const cost = { ...request, projectId: project.id, taskId: task?.id ?? null, run }
  const money = callMoney(snapshot, cost, agent, policy)
  if (money === null) return null
  const evaluationInput: EvaluationInput = {
    action: 'TOOL_CALL',
    identity: {
      isThisAgent: run === null || run.agentId === agent.id,
      inProject: agent.projectId === project.id,
      epochCurrent: isEpochCurrent(request, run, task),
    },
    policy,
    operatorMode: mode,
    agent: { ...agent, draining: agent.drainRequestedAt !== null },
    run: run === null ? null : { isStopped: isStopped(run, sight.now) },
    task: task === null ? null : { ...task, heldByThisAgent: task.claim?.agentId === agent.id },
    assessment,
    budgets: money.accounts.map(({ key, id, capMicros, balance }) => ({
      scopeType: key.scopeType,
      accountId: id,
      remainingMicros: remaining(capMicros, balance),
      neededMicros: money.neededMicros,
    })),
    extraViolations: [],
    grant: grant === null ? null : { covers: grant.covers },
  }
  const evaluation = evaluate(evaluationInput)
  const open = evaluation.decision === 'NEEDS_APPROVAL' ? openReasons(evaluation, grant) : []
  const { estimatedCostMicros } = request
  const found = { agent, run, task, policy, act: request.act, assessment, payload, payloadHash: hash }
  return { ...found, evaluationInput, evaluation, open, grant, money, budget: money.view, estimatedCostMicros }
}

function assessmentOf(
  policy: CompiledPolicy | null,
  act: CallAct | null,
  prior: PriorDecision | null,
  workspacePath: string,
): ToolAssessment | null {
  if (policy === null) return null
  return act === null ? (prior?.assessment ?? null) : assess(policy, act, workspacePath)
}

function payloadOf(act: CallAct | null, assessment: ToolAssessment | null, workspacePath: string): JsonValue {
  if (act === null) return null
  const capability = assessment?.capability ?? UNKNOWN_CAPABILITY
  return toolCallPayload({ tool: act.tool, capability, input: act.input, cwd: act.cwd ?? workspacePath })
}

/** A run whose lease has ended is over by the clock, swept or not. */
function isStopped(run: Run, now: number): boolean {
  return run.status !== 'RUNNING' || run.stopReason !== null || run.leaseUntil <= now
}

function isEpochCurrent({ epoch }: CallRequest, run: Run | null, task: Task | null): boolean {
  if (task === null) return true
  return (epoch ?? task.epoch) === task.epoch && (run?.taskEpoch ?? task.epoch) === task.epoch
}

function openReasons({ violations }: Evaluation, grant: Approval | null): Violation[] {
  return violations.filter(
    ({ verdict, overridable, code }) =>
      verdict === 'NEEDS_APPROVAL' && !(overridable && grant?.covers.includes(code) === true),
  )
}

/** The reasons of this kind that an approval may lift; what a grant for the call has to cover. */
export function liftableCodes(violations: readonly Violation[]): string[] {
  const liftable = violations.filter(({ verdict, overridable }) => verdict === 'NEEDS_APPROVAL' && overridable)
  return [...new Set(liftable.map(({ code }) => code))]
}
