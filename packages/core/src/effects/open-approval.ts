import { clipped } from '../decide/changes.ts'
import type { DecidingInProject } from '../decide/command.ts'
import { type ActionType, type Approval, approvalSchema } from '../model/approval.ts'
import { SYSTEM_ACTOR } from '../model/principal.ts'
import type { Task } from '../model/task.ts'
import { type JsonValue, utf8Bytes } from '../model/text.ts'
import type { Scope } from '../ports/storage.ts'
import { approvalTtlMs, escalationAt, hasExpired, requiredDecisions } from '../rules/approval.ts'
import { canonicalJson } from '../rules/hash.ts'
import { payloadHash } from '../rules/payload-hash.ts'
import { redactJson, redactText } from '../rules/redaction.ts'
import { asSystem } from './as-system.ts'
import { moveTask } from './move-task.ts'
import { notifyDeciders } from './notify-deciders.ts'
import { policyInForce } from './policy-in-force.ts'
import { writeMessage } from './write-message.ts'

const SUMMARY_CHARS_MAX = 280
const PAYLOAD_BYTES_MAX = 200 * 1024
const EXCERPT_CHARS_MAX = 16_000
const OF_HASH_MAX = 100

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
  /** The decision comes with the request, so nobody needs to be asked. */
  readonly isDecidedAtOnce?: boolean
}

/** Who asks: the acting principal, or the system on behalf of an agent. */
function requesterOf(deciding: DecidingInProject, facts: Pick<ApprovalFacts, 'bySystem'>): string {
  return facts.bySystem === true || deciding.principal === null ? 'system' : deciding.principal.id
}

/** What opening a request with that hash has to read: what was asked and decided about the same act before. */
export function approvalScope(projectId: string, hash: string): Scope {
  return { lookups: [{ lookup: 'approvalsByHash', values: [projectId, hash], limit: OF_HASH_MAX }] }
}

function hashOf(deciding: DecidingInProject, facts: ApprovalFacts): string {
  return payloadHash({
    projectId: deciding.project.id,
    agentId: facts.agentId,
    taskId: facts.taskId ?? null,
    actionType: facts.actionType,
    payload: facts.payload,
  })
}

/** The equal request that is pending, its time over or not. The lookup by hash must be loaded. */
export function pendingApprovalLookup(deciding: DecidingInProject, facts: ApprovalFacts): Approval | null {
  const { snapshot, changes, project } = deciding
  return (
    snapshot
      .find('approvalsByHash', project.id, hashOf(deciding, facts))
      .map((approval) => changes.current('approval', approval))
      .find(({ status, requesterId }) => status === 'PENDING' && requesterId === requesterOf(deciding, facts)) ?? null
  )
}

/** Opens a request for a decision, or gives back the equal one that is pending. Parking the task is `parkTask`. */
export function openApproval(deciding: DecidingInProject, facts: ApprovalFacts): Approval {
  const { changes, snapshot, project, now } = deciding
  const hash = hashOf(deciding, facts)
  if (snapshot.hasLookup('approvalsByHash', [project.id, hash])) {
    const known = pendingApprovalLookup(deciding, facts)
    if (known !== null && !hasExpired(known, now)) return known
    // Nobody has swept it yet.
    if (known !== null) expireInPassing(deciding, known)
  }
  const task = facts.taskId == null || !snapshot.has('task', facts.taskId) ? null : snapshot.get('task', facts.taskId)
  const rules = policyInForce(deciding, { taskType: task?.type ?? null, agentId: facts.agentId })?.rules ?? null
  const ttlMs = approvalTtlMs(facts.actionType, facts.riskLevel, rules)
  const payload = storablePayload(facts.payload)
  const approval = changes.insert('approval', {
    projectId: project.id,
    requesterId: requesterOf(deciding, facts),
    onBehalfOfAgentId: facts.agentId,
    taskId: facts.taskId ?? '',
    taskEpoch: facts.taskEpoch ?? null,
    runId: facts.runId ?? null,
    toolCallId: facts.toolCallId ?? null,
    covers: [...new Set(facts.covers ?? [])],
    riskLevel: facts.riskLevel,
    actionType: facts.actionType,
    actionSummary: clipped(redactText(facts.actionSummary), SUMMARY_CHARS_MAX),
    payload: payload.value,
    payloadHash: hash,
    justification: redactText(facts.justification),
    rollbackPlan: facts.rollbackPlan == null ? null : redactText(facts.rollbackPlan),
    estimatedCostMicros: facts.estimatedCostMicros ?? null,
    policyVersion: changes.policyVersion,
    expiresAt: now + ttlMs,
    ttlMs,
    escalationLevel: 0,
    escalatesAt: escalationAt({ createdAt: now, ttlMs }, 1),
    status: 'PENDING',
    requiredDecisions: requiredDecisions(facts.riskLevel, rules),
    decidedAt: null,
    decisions: [],
    maxUses: 1,
    grantExpiresAt: null,
    usedAt: null,
    redactedFields: payload.redactedFields,
  })
  announce(deciding, approval, facts, task)
  return approval
}

function announce(deciding: DecidingInProject, approval: Approval, facts: ApprovalFacts, task: Task | null): void {
  const { changes, snapshot } = deciding
  changes.event('APPROVAL_REQUESTED', {
    subject: `approval/${approval.id}`,
    summary: `${approval.riskLevel} ${approval.actionType}: ${approval.actionSummary}`,
    reason: approval.justification,
    data: {
      payloadHash: approval.payloadHash,
      covers: approval.covers,
      expiresAt: approval.expiresAt,
      requiredDecisions: approval.requiredDecisions,
    },
    taskId: facts.taskId ?? null,
    agentId: facts.agentId,
    runId: facts.runId ?? null,
    costMicros: facts.estimatedCostMicros ?? null,
  })
  if (task !== null) {
    writeMessage(deciding, {
      taskId: task.id,
      type: 'APPROVAL_REQUEST',
      content: `${approval.riskLevel} ${approval.actionType}: ${approval.actionSummary}\n${approval.justification}`,
      ...(facts.bySystem === true ? { author: SYSTEM_ACTOR } : {}),
    })
    // Fences the list of the task's approvals: who decided without seeing this one looks again.
    changes.update('task', changes.current('task', task), {})
  }
  // Fences the agent's requests in the same way: quarantine withdraws all of them.
  const workload = snapshot.has('workload', facts.agentId) ? snapshot.get('workload', facts.agentId) : null
  if (workload !== null) changes.update('workload', workload, {})
  if (facts.isDecidedAtOnce !== true) notifyDeciders(deciding, approval)
}

/** Ends a request whose time is over to make its place free. What waits for it follows with the sweep. */
export function expireInPassing(deciding: DecidingInProject, approval: Approval): void {
  deciding.changes.update('approval', approval, { status: 'EXPIRED', decidedAt: deciding.now })
  deciding.changes.event('APPROVAL_EXPIRED', {
    subject: `approval/${approval.id}`,
    summary: `Expired and asked again: ${approval.actionSummary}`,
    taskId: approval.taskId || null,
    agentId: approval.onBehalfOfAgentId,
  })
}

/** What a person reads before deciding: all of it, or, of something huge, how it begins. The hash binds the whole. */
function storablePayload(payload: JsonValue): { value: JsonValue; redactedFields: string[] } {
  const { value, redactedFields } = redactJson(payload)
  const text = canonicalJson(value)
  if (utf8Bytes(text) <= PAYLOAD_BYTES_MAX && approvalSchema.shape.payload.safeParse(value).success) {
    return { value, redactedFields: redactedFields.map((field) => `payload.${field}`) }
  }
  return { value: { beginning: text.slice(0, EXCERPT_CHARS_MAX).toWellFormed() }, redactedFields: ['payload'] }
}

const PARKABLE = ['INBOX', 'ASSIGNED', 'IN_PROGRESS', 'REVIEW']

/**
 * Lets a task wait for a pending approval: it moves to NEEDS_APPROVAL, or gains one more to wait for;
 * a BLOCKED or ended task stays. Whoever decides at the same time looks again and sees the task.
 */
export function parkTask(deciding: DecidingInProject, task: Task, approval: Approval): void {
  const { changes } = deciding
  const current = changes.current('task', task)
  if (current.waitingFor.includes(approval.id)) return
  const waitingFor = [...current.waitingFor, approval.id]
  if (current.status === 'NEEDS_APPROVAL') changes.update('task', current, { waitingFor })
  else if (PARKABLE.includes(current.status)) {
    moveTask(asSystem(deciding), {
      task: current,
      to: 'NEEDS_APPROVAL',
      reason: `waits for ${approval.actionSummary}`,
      fields: { waitingFor },
      approvalId: approval.id,
    })
  } else return
  changes.update('approval', changes.current('approval', approval), {})
}
