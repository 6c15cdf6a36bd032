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
import { own } from '../decide/own.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { priorOf, sightOf } from '../effects/call-sight.ts'
import {
  type CallAct,
  type CallRequest,
  callScope,
  type JudgedCall,
  judgeCall,
  type PriorDecision,
} from '../effects/evaluate-call.ts'
import { amend, deniedNow } from '../effects/gate-call.ts'
import { decisionScope } from '../effects/record-decision.ts'
import { renewLease } from '../effects/renew-lease.ts'
import { MissionControlError } from '../errors.ts'
import type { ExecutionPlan } from '../model/execution-plan.ts'
import { refSchema } from '../model/ids.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import { CONTENT_BYTES_MAX, jsonSchema } from '../model/text.ts'
import { hostFactsInput } from '../model/tool-act.ts'
import type { DecisionRecord, ToolCall } from '../model/tool-call.ts'
import type { Scope } from '../ports/storage.ts'
import { canonicalHash } from '../rules/hash.ts'
import type { ToolFacts } from '../rules/policy/types.ts'
import { epochInput, inProject } from './inputs.ts'

const input = z.strictObject({
  ...inProject,
  toolCallId: refSchema,
  epoch: epochInput,
  /** The input again, to have it judged anew and its plan given; without it the decision stands while the policy does. */
  input: jsonSchema(CONTENT_BYTES_MAX).optional(),
  resolved: hostFactsInput.nullable().default(null),
})
type Given = z.infer<typeof input>

/** A call that runs from now on. */
export interface Begun {
  readonly toolCallId: string
  /** For a shell call that sent its input again: exactly what may be run. Else the plan of the gate's answer holds. */
  readonly plan: ExecutionPlan | null
  readonly payloadHash: string
  readonly policyVersion: string | null
  readonly startedAt: number
}

function actOf(call: ToolCall, given: Given, workspacePath: string): CallAct | null {
  // A name with a secret in it is not kept, so such a call cannot be judged by its text again.
  if (given.input === undefined || call.redactedFields.includes('toolName')) return null
  const cwd = call.cwd === workspacePath ? null : call.cwd
  return { tool: call.toolName, input: given.input, cwd, resolved: given.resolved }
}

function estimateOf(decision: DecisionRecord | null): number | null {
  const facts = decision?.facts as { estimatedCostMicros?: unknown } | null | undefined
  return typeof facts?.estimatedCostMicros === 'number' ? facts.estimatedCostMicros : null
}

function requestOf(call: ToolCall, given: Given, decision: DecisionRecord | null, workspacePath: string): CallRequest {
  return {
    projectId: given.projectId,
    agentId: call.agentId,
    runId: call.runId || null,
    taskId: call.taskId,
    epoch: given.epoch ?? call.taskEpoch,
    act: actOf(call, given, workspacePath),
    estimatedCostMicros: estimateOf(decision),
  }
}

/** What the gate found in the text of the call: the steps that look at nothing else. */
function priorDecision(snapshot: Snapshot, call: ToolCall, decision: DecisionRecord | null): PriorDecision | null {
  const prior = priorOf(snapshot, call)
  if (prior === null || decision === null) return prior
  const assessment = {
    capability: decision.capability ?? 'unknown',
    riskLevel: decision.riskLevel,
    violations: decision.violations.filter(({ step }) => step >= 6 && step <= 8),
    plan: null,
    facts: decision.facts as unknown as ToolFacts,
  }
  return { ...prior, assessment }
}

function scope(given: Given, caller: Caller, seen: Snapshot | null): Scope {
  const { projectId, toolCallId } = given
  const base: Scope = { records: [{ kind: 'toolCall', id: toolCallId }] }
  const call = seen?.has('toolCall', toolCallId) === true ? seen.peek('toolCall', toolCallId) : null
  if (seen === null || call === null || caller.agentId !== call.agentId) return base
  const decision = seen.has('decision', call.decisionId) ? seen.peek('decision', call.decisionId) : null
  const agent = seen.has('agent', call.agentId) ? seen.peek('agent', call.agentId) : null
  const request = requestOf(call, given, decision, agent?.workspacePath ?? '')
  return joinScopes(
    base,
    {
      records: [
        { kind: 'decision', id: call.decisionId },
        ...(call.grantId === null ? [] : [{ kind: 'approval' as const, id: call.grantId }]),
      ],
    },
    callScope(request, sightOf(seen, projectId), priorDecision(seen, call, decision)),
    decisionScope(projectId, call.agentId),
  )
}

/**
 * Starts a call that was allowed, after judging all of it anew: what has changed since counts. A call begins once.
 */
export const beginToolCall = projectCommand({
  name: 'toolCalls.begin',
  summary: 'Starts an allowed tool call, if it would still be allowed.',
  input,
  permission: 'runs.write',
  // A budget pause lets open runs go on; the evaluation tells it from other pauses.
  whenContained: 'allowed',
  scope,
  decide(deciding, given) {
    const { agent, snapshot, changes } = deciding
    const { record: call, problem } = own(deciding, 'toolCall', given.toolCallId)
    if (problem !== null) return refuse(problem)
    if (agent === null || call.agentId !== agent.id) {
      return refuse(refusal('FORBIDDEN', `${call.id} is a call of another agent`))
    }
    const decision = snapshot.peek('decision', call.decisionId)
    const standing = standingProblem(deciding, call, decision)
    if (standing !== null) return standing
    if (given.input !== undefined && canonicalHash(given.input) !== call.inputHash) {
      const errors = [{ field: 'input', message: 'is not what was decided on' }]
      return refuse(refusal('VALIDATION', 'toolCalls.begin: the input is not valid', { errors }))
    }
    const request = requestOf(call, given, decision, agent.workspacePath)
    const judged = judgeAgain(deciding, request, priorDecision(snapshot, call, decision))
    changes.policyVersion = judged.policy?.version ?? null
    const isTextUnknown = request.act === null && changes.policyVersion !== decision?.policyVersion
    if (isTextUnknown) {
      return refusedBegin(deciding, call, refusal('POLICY_DENIED', 'the policy has changed: ask the gate again'))
    }
    return judged.evaluation.decision === 'ALLOW' ? begin(deciding, call, judged) : noLonger(deciding, call, judged)
  },
})

function judgeAgain(deciding: DecidingInProject, request: CallRequest, prior: PriorDecision | null): JudgedCall {
  const { snapshot } = deciding
  // What the answer rests upon must not change before it is written.
  if (request.runId !== null) snapshot.get('run', request.runId)
  if (request.taskId !== null) snapshot.get('task', request.taskId)
  const judged = judgeCall(deciding, request, prior)
  if (judged === null) throw new MissionControlError('INTERNAL', 'a tool call was judged before all of it was read')
  return judged
}

/** Why a call in this state cannot begin, whatever the policy would say now. */
function standingProblem(
  deciding: DecidingInProject,
  call: ToolCall,
  decision: DecisionRecord | null,
): Decision<never> | null {
  if (call.status === 'PENDING' && call.decision === 'ALLOW') return null
  if (call.status === 'PENDING') {
    const approvalIds = call.approvalId === null ? [] : [call.approvalId]
    return refusedBegin(
      deciding,
      call,
      refusal('APPROVAL_REQUIRED', `${call.id} waits for a decision`, { approvalIds }),
    )
  }
  if (call.status !== 'DENIED') {
    return refuse(refusal('ALREADY_DECIDED', `${call.id} has begun before`, { status: call.status }))
  }
  const violations = (decision?.violations ?? []).map(({ step, code, detail }) => ({ step, code, detail }))
  return refusedBegin(deciding, call, refusal('POLICY_DENIED', `${call.id} was denied`, { violations }))
}

/** Records that a call was begun although nobody allowed it. */
function refusedBegin(deciding: DecidingInProject, call: ToolCall, refused: Refusal): Decision<never> {
  deciding.changes.event('TOOL_CALL', {
    subject: `toolCall/${call.id}`,
    summary: `${call.toolName} did not begin: ${refused.code}`,
    reason: refused.detail,
    data: { status: call.status, code: refused.code },
    taskId: call.taskId,
    agentId: call.agentId,
    runId: call.runId || null,
  })
  return refuseWithEffects(refused)
}

function begin(deciding: DecidingInProject, call: ToolCall, judged: JudgedCall): Decision<Begun> {
  const { changes, now } = deciding
  changes.update('toolCall', call, { status: 'RUNNING', startedAt: now })
  changes.event('TOOL_CALL', {
    subject: `toolCall/${call.id}`,
    summary: `${judged.agent.name} runs ${call.toolName}`,
    data: { status: 'RUNNING', capability: call.capability, callId: call.callId },
    taskId: call.taskId,
    agentId: call.agentId,
    runId: call.runId || null,
  })
  if (judged.task !== null) renewLease(deciding, judged.task)
  return accept({
    toolCallId: call.id,
    plan: judged.assessment?.plan ?? null,
    payloadHash: call.payloadHash,
    policyVersion: judged.policy?.version ?? null,
    startedAt: now,
  })
}

/** It was allowed and would not be now. What passes by itself leaves the call as it is; the rest ends it. */
function noLonger(deciding: DecidingInProject, call: ToolCall, judged: JudgedCall): Decision<never> {
  const { evaluation, task } = judged
  const codes = new Set(evaluation.violations.filter(({ verdict }) => verdict === 'DENY').map(({ code }) => code))
  if (codes.has('EPOCH_STALE')) {
    const { claim, epoch } = task ?? { claim: null, epoch: 0 }
    const held = { holder: claim?.agentId ?? null, epoch, expiresAt: claim?.leaseUntil ?? null }
    return refuse(refusal('LEASE_LOST', `${judged.agent.name} does not hold ${task?.id ?? 'the task'} any more`, held))
  }
  if (codes.has('OPERATOR_MODE')) return refuse(refusal('OPERATOR_MODE', evaluation.reason))
  if (codes.has('AGENT_NOT_ACTIVE') || codes.has('AGENT_DRAINING'))
    return refuse(refusal('AGENT_NOT_ACTIVE', evaluation.reason))
  amend(deciding, judged, call, deniedNow(judged))
  const violations = evaluation.violations.map(({ step, code, detail }) => ({ step, code, detail }))
  return refuseWithEffects(refusal('POLICY_DENIED', evaluation.reason, { violations }))
}
