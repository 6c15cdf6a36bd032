import type { DecidingInProject } from '../decide/command.ts'
import type { ActionType, Approval } from '../model/approval.ts'
import type { Task } from '../model/task.ts'
import type { JsonValue } from '../model/text.ts'
import { canonicalHash } from '../rules/hash.ts'
import { redactJson, redactText } from '../rules/redaction.ts'
import { clipped } from '../decide/changes.ts'
import { moveTask } from './move-task.ts'
import { policyInForce } from './policy-in-force.ts'

const SUMMARY_CHARS_MAX = 280

export interface ApprovalFacts {
  readonly actionType: ActionType
  readonly riskLevel: 'YELLOW' | 'RED'
  readonly actionSummary: string
  readonly justification: string
  readonly rollbackPlan?: string | null
  /** Exactly what would be done; hashed before it is redacted. */
  readonly payload: JsonValue
  /** The agent whose act it is. */
  readonly agentId: string
  readonly taskId?: string | null
  readonly taskEpoch?: number | null
  readonly runId?: string | null
  readonly toolCallId?: string | null
  readonly covers?: readonly string[]
  readonly estimatedCostMicros?: number | null
  /** The system asks for the agent: overrides and completions. */
  readonly bySystem?: boolean
}

/**
 * What an approval is bound to: project, agent, task, kind of act, and every byte of the payload.
 * An act with another hash is another act.
 */
export function payloadHash(of: {
  readonly projectId: string
  readonly agentId: string
  readonly taskId: string | null
  readonly actionType: ActionType
  readonly payload: JsonValue
}): string {
  return canonicalHash({
    projectId: of.projectId,
    agentId: of.agentId,
    taskId: of.taskId,
    actionType: of.actionType,
    payload: of.payload,
  })
}

/** Who asks: the acting principal, or the system on behalf of an agent. */
export function requesterOf(deciding: DecidingInProject, facts: Pick<ApprovalFacts, 'bySystem'>): string {
  return facts.bySystem === true || deciding.principal === null ? 'system' : deciding.principal.id
}

/** The lookup that finds an equal pending request; a command that may open one asks for it in its scope. */
export function pendingApprovalLookup(deciding: DecidingInProject, facts: ApprovalFacts): Approval | null {
  const hash = payloadHash({
    projectId: deciding.project.id,
    agentId: facts.agentId,
    taskId: facts.taskId ?? null,
    actionType: facts.actionType,
    payload: facts.payload,
  })
  return (
    deciding.snapshot
      .find('approvalsByHash', deciding.project.id, hash)
      .map((approval) => deciding.changes.current('approval', approval))
      .find((approval) => approval.status === 'PENDING' && approval.requesterId === requesterOf(deciding, facts)) ?? null
  )
}

/** Opens a request for a decision, or gives back the equal one that is pending. Parking the task is `parkTask`. */
export function openApproval(deciding: DecidingInProject, facts: ApprovalFacts): Approval {
  const { changes, project, now } = deciding
  const hash = payloadHash({
    projectId: project.id,
    agentId: facts.agentId,
    taskId: facts.taskId ?? null,
    actionType: facts.actionType,
    payload: facts.payload,
  })
  const rules = policyInForce(deciding, { taskType: null, agentId: facts.agentId })?.rules
  const isRed = facts.riskLevel === 'RED'
  const ttlMs = isRed ? (rules?.redTtlMs ?? 3_600_000) : (rules?.yellowTtlMs ?? 86_400_000)
  const payload = redactJson(facts.payload)
  const approval = changes.insert('approval', {
    projectId: project.id,
    requesterId: requesterOf(deciding, facts),
    onBehalfOfAgentId: facts.agentId,
    taskId: facts.taskId ?? '',
    taskEpoch: facts.taskEpoch ?? null,
    runId: facts.runId ?? null,
    toolCallId: facts.toolCallId ?? null,
    covers: [...(facts.covers ?? [])],
    riskLevel: facts.riskLevel,
    actionType: facts.actionType,
    actionSummary: clipped(redactText(facts.actionSummary), SUMMARY_CHARS_MAX),
    payload: payload.value as JsonValue,
    payloadHash: hash,
    justification: redactText(facts.justification),
    rollbackPlan: facts.rollbackPlan == null ? null : redactText(facts.rollbackPlan),
    estimatedCostMicros: facts.estimatedCostMicros ?? null,
    policyVersion: changes.policyVersion,
    expiresAt: now + ttlMs,
    ttlMs,
    escalationLevel: 0,
    status: 'PENDING',
    // RED needs its quorum; without a policy the stricter default stands.
    requiredDecisions: isRed ? ((rules?.redQuorum ?? 2) as 1 | 2) : 1,
    decidedAt: null,
    decisions: [],
    maxUses: 1,
    grantExpiresAt: null,
    usedAt: null,
    redactedFields: payload.redactedFields.map((field) => `payload.${field}`),
  })
  changes.event('APPROVAL_REQUESTED', {
    subject: `approval/${approval.id}`,
    summary: `${approval.riskLevel} ${approval.actionType}: ${approval.actionSummary}`,
    reason: approval.justification,
    data: { payloadHash: hash, covers: approval.covers, expiresAt: approval.expiresAt, requiredDecisions: approval.requiredDecisions },
    taskId: facts.taskId ?? null,
    agentId: facts.agentId,
    runId: facts.runId ?? null,
    costMicros: facts.estimatedCostMicros ?? null,
  })
  return approval
}

const PARKABLE = ['INBOX', 'ASSIGNED', 'IN_PROGRESS', 'REVIEW']

/** Lets a task wait for a pending approval: it moves to NEEDS_APPROVAL, or gains one more to wait for; a BLOCKED or ended task stays. */
export function parkTask(deciding: DecidingInProject, task: Task, approval: Approval): void {
  const { changes } = deciding
  const current = changes.current('task', task)
  if (current.waitingFor.includes(approval.id)) return
  const waitingFor = [...current.waitingFor, approval.id]
  if (current.status === 'NEEDS_APPROVAL') changes.update('task', current, { waitingFor })
  else if (PARKABLE.includes(current.status)) {
    moveTask(deciding, {
      task: current,
      to: 'NEEDS_APPROVAL',
      reason: `waits for ${approval.actionSummary}`,
      fields: { waitingFor },
      approvalId: approval.id,
    })
  }
}

