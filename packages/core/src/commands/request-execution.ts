import { z } from 'zod'
import {
  accept,
  type DecidingInProject,
  type Decision,
  joinScopes,
  projectCommand,
  refuse,
  refuseWithEffects,
} from '../decide/command.ts'
import { leaseProblem, own } from '../decide/own.ts'
import { subjectProblem } from '../effects/call-sight.ts'
import {
  type ExecutionWish,
  gateExecution,
  gateExecutionScope,
  isSameWish,
  knownRequest,
} from '../effects/gate-execution.ts'
import { isFinalExecution } from '../effects/held-execution.ts'
import { routeExecution, routeScope } from '../effects/route-execution.ts'
import { EXECUTION_TYPES, EXECUTOR_KINDS, type Execution } from '../model/execution.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { CONTENT_BYTES_MAX, jsonSchema, nameSchema, reasonSchema, statementSchema } from '../model/text.ts'
import type { ToolCall } from '../model/tool-call.ts'
import { isDerivedKey } from '../rules/call-key.ts'
import { hasPermission } from '../rules/permissions.ts'
import { redactJson } from '../rules/redaction.ts'
import { callIdInput, epochInput, inProject } from './inputs.ts'

const input = z.strictObject({
  ...inProject,
  type: z.enum(EXECUTION_TYPES),
  taskId: refSchema.optional(),
  runId: refSchema.optional(),
  epoch: epochInput,
  executorKind: z.enum(EXECUTOR_KINDS).optional(),
  payload: jsonSchema(CONTENT_BYTES_MAX),
  sessionKey: nameSchema(200).default('executions'),
  callId: callIdInput.optional(),
  justification: reasonSchema.optional(),
  rollbackPlan: statementSchema.optional(),
})
type Given = z.infer<typeof input>

function wishOf(given: Given, agentId: string): ExecutionWish {
  return {
    projectId: given.projectId,
    agentId,
    runId: given.runId ?? null,
    taskId: given.taskId ?? null,
    epoch: given.epoch ?? null,
    sessionKey: given.sessionKey,
    callId: given.callId ?? null,
    type: given.type,
    executorKind: given.executorKind ?? null,
    payload: given.payload,
    justification: given.justification ?? null,
    rollbackPlan: given.rollbackPlan ?? null,
  }
}

/**
 * Asks for something to be carried out by an executor. For an agent it is a tool call like any other: judged, recorded,
 * and asked for where a human must agree. It is routed at once; the same request again is the same request.
 */
export const requestExecution = projectCommand({
  name: 'executions.request',
  summary: 'Asks for something to be carried out by an executor.',
  input,
  permission: null,
  whenContained: 'refused',
  scope: (given, { agentId }, seen) =>
    joinScopes(
      routeScope(given.projectId),
      given.taskId === undefined ? {} : { records: [{ kind: 'task', id: given.taskId }] },
      agentId === null ? {} : gateExecutionScope(wishOf(given, agentId), seen),
    ),
  decide(deciding, given): Decision<Execution> {
    const { agent, principal } = deciding
    if (given.taskId !== undefined) {
      const { record: task, problem } = own(deciding, 'task', given.taskId)
      if (problem !== null) return refuse(problem)
      const lost = leaseProblem(deciding, task, given.epoch)
      if (lost !== null) return refuse(lost)
    }
    if (agent !== null) return requestAsAgent(deciding, given, wishOf(given, agent.id))
    if (principal !== null && !hasPermission(principal, null, 'tasks.manage')) {
      return refuse(refusal('FORBIDDEN', `${principal.displayName} lacks tasks.manage`))
    }
    return accept(enqueued(deciding, given, null))
  },
})

function requestAsAgent(deciding: DecidingInProject, given: Given, wish: ExecutionWish): Decision<Execution> {
  const { snapshot, changes, now } = deciding
  const problem = subjectProblem(deciding, { ...wish, act: null, estimatedCostMicros: null })
  if (problem !== null) return refuse(problem)
  const known = knownRequest(snapshot, wish)
  if (known !== null && !isSameWish(known, wish)) {
    return refuse(refusal('IDEMPOTENCY_KEY_REUSED', `${known.callId} is another request of this agent`))
  }
  const existing = known === null ? null : (snapshot.find('executionOfToolCall', known.id)[0] ?? null)
  // Without a key of its own, an equal request is a new one once the one before has ended.
  const isOver = existing !== null && known !== null && isFinalExecution(existing) && isDerivedKey(known.callId)
  if (existing !== null && !isOver) return accept(existing)
  const { answer } = gateExecution(deciding, wish, isOver ? known : null)
  if (answer.decision === 'DENY') {
    const violations = answer.violations
      .filter(({ verdict }) => verdict === 'DENY')
      .map(({ step, code, detail }) => ({ step, code, detail }))
    return refuseWithEffects(refusal('POLICY_DENIED', answer.reason, { violations }))
  }
  if (answer.decision === 'NEEDS_APPROVAL') {
    const approvalIds = answer.approvalId === null ? [] : [answer.approvalId]
    return refuseWithEffects(refusal('APPROVAL_REQUIRED', answer.reason, { approvalIds }))
  }
  const call = changes.current('toolCall', (known ?? { id: answer.toolCallId }) as ToolCall)
  const recorded =
    call.id === answer.toolCallId ? call : changes.current('toolCall', { id: answer.toolCallId } as ToolCall)
  changes.update('toolCall', recorded, { status: 'SUCCESS', startedAt: now, endedAt: now })
  return accept(enqueued(deciding, given, answer.toolCallId))
}

function enqueued(deciding: DecidingInProject, given: Given, toolCallId: string | null): Execution {
  const { changes, project, principal, agent, now } = deciding
  const { value, redactedFields } = redactJson(given.payload)
  const execution = changes.insert('execution', {
    projectId: project.id,
    taskId: given.taskId ?? null,
    requestedBy: principal?.id ?? 'system',
    agentId: agent?.id ?? null,
    toolCallId,
    type: given.type,
    executorKind: given.executorKind ?? null,
    status: 'PENDING',
    executorId: null,
    attempt: 0,
    leaseUntil: null,
    epoch: 0,
    pendingAt: now,
    payload: value,
    result: null,
    error: null,
    costMicros: null,
    deadLetter: false,
    redactedFields: redactedFields.map((field) => `payload.${field}`),
  })
  changes.event('EXECUTION_REQUESTED', {
    subject: `execution/${execution.id}`,
    summary: `${execution.type} requested`,
    data: { type: execution.type, executorKind: execution.executorKind, toolCallId },
    taskId: execution.taskId,
    agentId: execution.agentId,
  })
  return routeExecution(deciding, execution)
}
