import { z } from 'zod'
import { accept, type Caller, type DecidingInProject, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { askScope } from '../effects/ask-for-call.ts'
import { containCallLoop, deniedAsLoop, loopOfNewCall, newCallScope, stopNewCallScope } from '../effects/call-loop.ts'
import { priorOf, sightOf, subjectProblem } from '../effects/call-sight.ts'
import { type CallRequest, callScope, type JudgedCall, judgeCall } from '../effects/evaluate-call.ts'
import { type GateAnswer, type GatedCall, isSameCall, recordCall, repeatedCall } from '../effects/gate-call.ts'
import { decisionScope } from '../effects/record-decision.ts'
import { renewLease } from '../effects/renew-lease.ts'
import { settleScope } from '../effects/settle-approval.ts'
import { MissionControlError } from '../errors.ts'
import { refSchema } from '../model/ids.ts'
import { microsSchema } from '../model/money.ts'
import { refusal } from '../model/refusal.ts'
import { nameSchema, reasonSchema, statementSchema } from '../model/text.ts'
import { toolActInput } from '../model/tool-act.ts'
import type { ToolCall } from '../model/tool-call.ts'
import type { Scope } from '../ports/storage.ts'
import { hasExpired } from '../rules/approval.ts'
import { derivedCallKey } from '../rules/call-key.ts'
import { callIdInput, epochInput, inProject } from './inputs.ts'

const input = z.strictObject({
  ...inProject,
  ...toolActInput,
  sessionKey: nameSchema(200),
  runId: refSchema.optional(),
  taskId: refSchema.optional(),
  epoch: epochInput,
  callId: callIdInput.optional(),
  estimatedCostMicros: microsSchema.optional(),
  justification: reasonSchema.optional(),
  rollbackPlan: statementSchema.optional(),
})
type Given = z.infer<typeof input>

function requestOf(given: Given, agentId: string): CallRequest {
  return {
    projectId: given.projectId,
    agentId,
    runId: given.runId ?? null,
    taskId: given.taskId ?? null,
    epoch: given.epoch ?? null,
    act: given,
    estimatedCostMicros: given.estimatedCostMicros ?? null,
  }
}

function gatedCall(given: Given): GatedCall {
  return {
    act: given,
    key: given.callId ?? derivedCallKey(given),
    estimatedCostMicros: given.estimatedCostMicros ?? null,
    justification: given.justification ?? null,
    rollbackPlan: given.rollbackPlan ?? null,
  }
}

function keyValues(given: Given, agentId: string): readonly [string, string, string] {
  return [agentId, given.runId ?? '', gatedCall(given).key]
}

function knownCall(snapshot: Snapshot, given: Given, agentId: string): ToolCall | null {
  const values = keyValues(given, agentId)
  return snapshot.hasLookup('toolCallByCall', values) ? (snapshot.find('toolCallByCall', ...values)[0] ?? null) : null
}

/** What a repeated call left behind: its decision, what it waits for, what it has used. */
function knownScope(projectId: string, known: ToolCall, seen: Snapshot): Scope {
  const task = known.taskId !== null && seen.has('task', known.taskId) ? seen.peek('task', known.taskId) : null
  const approvalIds = [known.approvalId, known.grantId, ...(task?.waitingFor ?? [])].filter((id) => id !== null)
  const left: Scope = {
    records: [
      { kind: 'decision', id: known.decisionId },
      ...approvalIds.map((id) => ({ kind: 'approval' as const, id })),
    ],
  }
  const { approvalId } = known
  const approval = approvalId !== null && seen.has('approval', approvalId) ? seen.peek('approval', approvalId) : null
  const hasRunOut = approval !== null && hasExpired(approval, seen.now)
  return hasRunOut ? joinScopes(left, settleScope(projectId, approval.id, seen)) : left
}

function scope(given: Given, { agentId }: Caller, seen: Snapshot | null): Scope {
  if (agentId === null) return {}
  const { projectId } = given
  const sight = sightOf(seen, projectId)
  const request = requestOf(given, agentId)
  const known = seen === null ? null : knownCall(seen, given, agentId)
  const prior = seen === null ? null : priorOf(seen, known)
  const asked = joinScopes(callScope(request, sight, prior), newCallScope(given, request.runId))
  const base = joinScopes(asked, decisionScope(projectId, agentId), {
    lookups: [{ lookup: 'toolCallByCall', values: keyValues(given, agentId), limit: 1 }],
  })
  if (seen === null || sight === null) return base
  const judged = judgeCall(sight, request, prior)
  return joinScopes(
    base,
    known === null ? stopNewCallScope(sight, given, judged) : knownScope(projectId, known, seen),
    judged === null ? {} : askScope(projectId, judged, seen),
  )
}

/**
 * Asks whether the calling agent may make one tool call, before it makes it. Every answer is recorded, a no as well:
 * the decision is the data. However often the same call asks, it has one decision, one record and one request; who
 * waits for a human gets the outcome by asking again.
 */
export const gateToolCall = projectCommand({
  name: 'toolCalls.gate',
  summary: 'Decides whether a tool call may be made: ALLOW, NEEDS_APPROVAL or DENY.',
  input,
  permission: 'runs.write',
  // The evaluation itself denies whoever is paused or in quarantine, and records that it did.
  whenContained: 'allowed',
  scope,
  decide(deciding, given) {
    const { agent, snapshot, changes } = deciding
    if (agent === null) return refuse(refusal('FORBIDDEN', 'only an agent makes tool calls'))
    const request = requestOf(given, agent.id)
    const problem = subjectProblem(deciding, request)
    if (problem !== null) return refuse(problem)
    const known = knownCall(snapshot, given, agent.id)
    const judged = judgeCall(deciding, request, priorOf(snapshot, known))
    if (judged === null) throw new MissionControlError('INTERNAL', 'a tool call was judged before all of it was read')
    changes.policyVersion = judged.policy?.version ?? null
    if (known !== null && !isSameCall(known, judged, given)) {
      return refuse(refusal('IDEMPOTENCY_KEY_REUSED', `${known.callId} is another call of this agent`))
    }
    const gated = gatedCall(given)
    const answer: GateAnswer =
      known === null ? firstAnswer(deciding, judged, gated) : repeatedCall(deciding, judged, gated, known)
    if (judged.task !== null) renewLease(deciding, judged.task, given.epoch)
    return accept(answer)
  },
})

/** Answers a call that asks for the first time. One too many of the same is denied, and what it goes round in stopped. */
function firstAnswer(deciding: DecidingInProject, judged: JudgedCall, gated: GatedCall): GateAnswer {
  const finding = loopOfNewCall(deciding, gated.act, judged)
  if (finding === null) return recordCall(deciding, judged, gated, null)
  const answer = recordCall(deciding, deniedAsLoop(judged, finding), gated, null)
  const call = { agentId: judged.agent.id, runId: judged.run?.id ?? '', taskId: judged.task?.id ?? null }
  containCallLoop(deciding, call, finding)
  return answer
}
