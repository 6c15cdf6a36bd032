import { z } from 'zod'
import {
  accept,
  type Caller,
  type DecidingInProject,
  type Decision,
  joinScopes,
  projectCommand,
  refuse,
  refuseWithEffects,
} from '../decide/command.ts'
import { leaseProblem } from '../decide/own.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { describeCall } from '../effects/ask-for-call.ts'
import { sightOf, subjectProblem } from '../effects/call-sight.ts'
import { type CallRequest, callScope, judgeCall, liftableCodes } from '../effects/evaluate-call.ts'
import {
  type ApprovalFacts,
  approvalScope,
  openApproval,
  parkTask,
  pendingApprovalLookup,
} from '../effects/open-approval.ts'
import { decisionScope, recordDecision } from '../effects/record-decision.ts'
import { renewLease } from '../effects/renew-lease.ts'
import { expireApproval, settleScope } from '../effects/settle-approval.ts'
import { ancestryScope, taskScope } from '../effects/task-scope.ts'
import { MissionControlError } from '../errors.ts'
import type { Agent } from '../model/agent.ts'
import type { Approval } from '../model/approval.ts'
import { microsSchema } from '../model/money.ts'
import { type FieldError, type Refusal, refusal } from '../model/refusal.ts'
import { checkPayload, type PayloadOf, REQUESTABLE, requestFields } from '../model/requestable.ts'
import type { Task } from '../model/task.ts'
import { type JsonValue, reasonSchema, statementSchema } from '../model/text.ts'
import type { Scope } from '../ports/storage.ts'
import { hasExpired } from '../rules/approval.ts'
import { payloadHash, runStartPayload, transitionPayload } from '../rules/payload-hash.ts'
import { isTerminal } from '../rules/task-lifecycle.ts'
import { epochInput, inProject } from './inputs.ts'

const input = z
  .strictObject({
    ...inProject,
    ...requestFields,
    epoch: epochInput,
    justification: reasonSchema,
    rollbackPlan: statementSchema.optional(),
    estimatedCostMicros: microsSchema.optional(),
  })
  .superRefine(checkPayload)
type Given = z.infer<typeof input>

/** The act as it will be bound: its payload, the risk as it is computed, and what an approval has to cover. */
interface RequestedAct {
  readonly payload: JsonValue
  readonly summary: string
  readonly riskLevel: 'YELLOW' | 'RED'
  readonly covers: readonly string[]
}

type Described =
  | { readonly act: RequestedAct; readonly refused: null }
  | { readonly act: null; readonly refused: Decision<never> }

/** One object per input, so that the text of a call is parsed once however often the scope asks. */
const callActs = new WeakMap<Given, NonNullable<CallRequest['act']>>()

function callRequest(given: Given, agentId: string): CallRequest {
  let act = callActs.get(given)
  if (act === undefined) {
    const { tool, input: toolInput, cwd } = REQUESTABLE.TOOL_CALL.parse(given.payload)
    act = { tool, input: toolInput, cwd, resolved: null }
    callActs.set(given, act)
  }
  return {
    projectId: given.projectId,
    agentId,
    runId: given.runId ?? null,
    taskId: given.taskId ?? null,
    epoch: given.epoch ?? null,
    act,
    estimatedCostMicros: given.estimatedCostMicros ?? null,
  }
}

/** The payload of an act that is no tool call, completed by what the task says. */
function plainPayload(given: Given, task: Task | null): JsonValue {
  if (given.actionType === 'RUN_START') return runStartPayload(REQUESTABLE.RUN_START.parse(given.payload))
  if (given.actionType === 'STATE_TRANSITION' && task !== null) {
    return transitionPayload(task, (given.payload as PayloadOf<'STATE_TRANSITION'>).to)
  }
  return REQUESTABLE.SPAWN.parse(given.payload)
}

function scope(given: Given, { agentId }: Caller, seen: Snapshot | null): Scope {
  if (agentId === null) return {}
  const { projectId } = given
  const sight = sightOf(seen, projectId)
  const isCall = given.actionType === 'TOOL_CALL'
  const request: CallRequest = isCall ? callRequest(given, agentId) : { ...bareRequest(given, agentId) }
  const run =
    seen !== null && given.runId !== undefined && seen.has('run', given.runId) ? seen.peek('run', given.runId) : null
  const taskId = run?.taskId ?? given.taskId ?? null
  const task = seen !== null && taskId !== null && seen.has('task', taskId) ? seen.peek('task', taskId) : null
  const base = joinScopes(
    callScope(request, sight),
    ancestryScope(projectId),
    decisionScope(projectId, agentId),
    taskId === null ? {} : taskScope(projectId, taskId, seen),
  )
  if (seen === null || sight === null || (taskId !== null && task === null)) return base
  const hash = isCall
    ? (judgeCall(sight, request)?.payloadHash ?? null)
    : payloadHash({ projectId, agentId, taskId, actionType: given.actionType, payload: plainPayload(given, task) })
  if (hash === null) return base
  const equal = seen.hasLookup('approvalsByHash', [projectId, hash])
    ? seen.find('approvalsByHash', projectId, hash)
    : []
  const overdue = equal.filter((approval) => approval.status === 'PENDING' && hasExpired(approval, seen.now))
  return joinScopes(base, approvalScope(projectId, hash), ...overdue.map(({ id }) => settleScope(projectId, id, seen)))
}

function bareRequest(given: Given, agentId: string): CallRequest {
  const { projectId, runId, taskId, epoch } = given
  return {
    projectId,
    agentId,
    runId: runId ?? null,
    taskId: taskId ?? null,
    epoch: epoch ?? null,
    act: null,
    estimatedCostMicros: null,
  }
}

/**
 * Asks for leave to do one act, by the agent that would do it. The risk is computed, never told. An equal request that
 * is pending is given back; the task waits with the request, unless it is BLOCKED.
 */
export const requestApproval = projectCommand({
  name: 'approvals.request',
  summary: 'Asks for a decision on an act of the calling agent.',
  input,
  permission: 'approvals.request',
  whenContained: 'refused',
  scope,
  decide(deciding, given) {
    const { agent, snapshot } = deciding
    if (agent === null) return refuse(refusal('FORBIDDEN', 'an agent asks for its own acts'))
    const problem = subjectProblem(deciding, bareRequest(given, agent.id))
    if (problem !== null) return refuse(problem)
    const run = given.runId === undefined ? null : snapshot.get('run', given.runId)
    const taskId = run?.taskId ?? given.taskId ?? null
    const task = taskId === null ? null : snapshot.get('task', taskId)
    if (run !== null && run.agentId !== agent.id)
      return refuse(refusal('FORBIDDEN', `${run.id} is a run of another agent`))
    const refused = task === null ? null : taskProblem(deciding, task, given)
    if (refused !== null) return refuse(refused)
    const { act, refused: denied } = describe(deciding, given, agent, task)
    if (act === null) return denied
    return open(deciding, given, agent, task, act)
  },
})

function taskProblem(deciding: DecidingInProject, task: Task, given: Given): Refusal | null {
  const lost = leaseProblem(deciding, task, given.epoch)
  if (lost !== null) return lost
  if (!isTerminal(task.status)) return null
  return refusal('TRANSITION_REFUSED', `${task.id} is ${task.status}; there is nothing left to ask for`, {
    allowed: [],
  })
}

function describe(deciding: DecidingInProject, given: Given, agent: Agent, task: Task | null): Described {
  if (given.actionType === 'TOOL_CALL') return describeToolCall(deciding, given, agent)
  const errors =
    given.actionType === 'STATE_TRANSITION'
      ? transitionErrors(given.payload as PayloadOf<'STATE_TRANSITION'>, task)
      : []
  if (errors.length > 0)
    return {
      act: null,
      refused: refuse(refusal('VALIDATION', 'approvals.request: the input is not valid', { errors })),
    }
  const payload = plainPayload(given, task)
  return { act: { payload, summary: summaryOf(given, task), riskLevel: 'YELLOW', covers: [] }, refused: null }
}

function summaryOf(given: Given, task: Task | null): string {
  const payload = given.payload as Readonly<Record<string, JsonValue>>
  if (given.actionType === 'SPAWN') return `Spawn ${String(payload.name)} (${String(payload.role)})`
  if (given.actionType === 'RUN_START') return `Start a run of ${String(payload.model)}`
  return `Move ${task?.title ?? ''} to ${String(payload.to)}`
}

function transitionErrors(payload: PayloadOf<'STATE_TRANSITION'>, task: Task | null): FieldError[] {
  if (task === null) return [{ field: 'taskId', message: 'a transition is of a task' }]
  const stated = transitionPayload(task, payload.to) as Readonly<Record<string, JsonValue>>
  return (['from', 'submission', 'deliverableHash'] as const).flatMap((field) =>
    payload[field] === undefined || payload[field] === stated[field]
      ? []
      : [{ field: `payload.${field}`, message: `is ${String(stated[field])}` }],
  )
}

/** What no approval can lift is denied at once, so that no human is asked in vain. That its task is BLOCKED is no such reason. */
function describeToolCall(deciding: DecidingInProject, given: Given, agent: Agent): Described {
  const request = callRequest(given, agent.id)
  const judged = judgeCall(deciding, request)
  if (judged === null || request.act === null) {
    throw new MissionControlError('INTERNAL', 'a tool call was judged before all of it was read')
  }
  deciding.changes.policyVersion = judged.policy?.version ?? null
  const capability = judged.assessment?.capability ?? 'unknown'
  const named = (given.payload as PayloadOf<'TOOL_CALL'>).capability
  if (named !== undefined && named !== capability) {
    const errors = [{ field: 'payload.capability', message: `is ${capability}` }]
    return {
      act: null,
      refused: refuse(refusal('VALIDATION', 'approvals.request: the input is not valid', { errors })),
    }
  }
  const { violations, riskLevel } = judged.evaluation
  const denials = violations.filter(({ verdict, code }) => verdict === 'DENY' && code !== 'TASK_NOT_HELD')
  const [first] = denials
  if (first !== undefined) {
    const verdict = { decision: 'DENY', reason: first.detail, violations, approvalId: null, hint: null } as const
    recordDecision(deciding, judged, verdict, { id: null, tool: request.act.tool, capability })
    const extras = { violations: denials.map(({ step, code, detail }) => ({ step, code, detail })) }
    return { act: null, refused: refuseWithEffects(refusal('POLICY_DENIED', first.detail, extras)) }
  }
  return {
    act: {
      payload: judged.payload,
      summary: describeCall(request.act),
      riskLevel: riskLevel === 'RED' ? 'RED' : 'YELLOW',
      covers: liftableCodes(violations),
    },
    refused: null,
  }
}

function open(
  deciding: DecidingInProject,
  given: Given,
  agent: Agent,
  task: Task | null,
  act: RequestedAct,
): Decision<Approval> {
  if (act.riskLevel === 'RED' && given.rollbackPlan === undefined) {
    const errors = [{ field: 'rollbackPlan', message: 'a RED act needs one' }]
    return refuse(refusal('VALIDATION', 'approvals.request: the input is not valid', { errors }))
  }
  const facts: ApprovalFacts = {
    actionType: given.actionType,
    riskLevel: act.riskLevel,
    actionSummary: act.summary,
    justification: given.justification,
    rollbackPlan: given.rollbackPlan ?? null,
    payload: act.payload,
    agentId: agent.id,
    taskId: task?.id ?? null,
    taskEpoch: task?.epoch ?? null,
    runId: given.runId ?? null,
    covers: act.covers,
    estimatedCostMicros: estimateOf(given),
  }
  const equal = pendingApprovalLookup(deciding, facts)
  if (equal !== null && hasExpired(equal, deciding.now)) expireApproval(deciding, equal)
  const approval = openApproval(deciding, facts)
  if (task !== null) {
    parkTask(deciding, task, approval)
    renewLease(deciding, task)
  }
  return accept(deciding.changes.current('approval', approval))
}

function estimateOf(given: Given): number | null {
  if (given.estimatedCostMicros !== undefined) return given.estimatedCostMicros
  return given.actionType === 'RUN_START' ? (given.payload as PayloadOf<'RUN_START'>).estimatedCostMicros : null
}
