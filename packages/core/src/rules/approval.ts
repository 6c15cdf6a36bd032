import type { Agent } from '../model/agent.ts'
import type { ActionType, Approval } from '../model/approval.ts'
import type { PolicyRules } from '../model/policy.ts'
import type { Task } from '../model/task.ts'
import { type Ancestry, isLineKnown, isParty, isSameLine } from './parties.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export type Verdict = 'APPROVE' | 'DENY'
type Risk = Approval['riskLevel']

/** How long a request of that risk may wait; overrides always wait a day. */
export function approvalTtlMs(actionType: ActionType, risk: Risk, rules: PolicyRules | null): number {
  if (actionType === 'BUDGET_OVERRIDE') return DAY_MS
  return risk === 'RED' ? (rules?.redTtlMs ?? HOUR_MS) : (rules?.yellowTtlMs ?? DAY_MS)
}

/** How many must approve. Without a policy the stricter default stands. */
export function requiredDecisions(risk: Risk, rules: PolicyRules | null): 1 | 2 {
  return risk === 'RED' && rules?.redQuorum !== 1 ? 2 : 1
}

/** Whether its time is over. The clock decides, whether or not anybody has swept it. */
export function hasExpired(approval: Pick<Approval, 'status' | 'expiresAt'>, now: number): boolean {
  return approval.status === 'EXPIRED' || (approval.status === 'PENDING' && approval.expiresAt <= now)
}

/** The share of its time after which a request is escalated, by level. */
const ESCALATED_AFTER = { 1: 0.5, 2: 0.8 } as const

type Timed = Pick<Approval, 'createdAt' | 'ttlMs'>

/** When a request reaches that level, undecided; null above the last one. */
export function escalationAt(approval: Timed, level: number): number | null {
  if (level !== 1 && level !== 2) return null
  return approval.createdAt + Math.ceil(approval.ttlMs * ESCALATED_AFTER[level])
}

/** How far it is escalated by the clock. */
export function escalationLevel(approval: Timed, now: number): 0 | 1 | 2 {
  if (now >= (escalationAt(approval, 2) ?? Number.POSITIVE_INFINITY)) return 2
  return now >= (escalationAt(approval, 1) ?? Number.POSITIVE_INFINITY) ? 1 : 0
}

/** Whether less than an hour is left. */
export function isUrgent(approval: Pick<Approval, 'expiresAt'>, now: number): boolean {
  return approval.expiresAt - now < HOUR_MS
}

/** Somebody who wants to decide. */
export interface Decider {
  readonly principalId: string
  /** Holds `approvals.decide`. A LEAD may decide without it where the policy says so. */
  readonly mayDecide: boolean
  /** Null for a human. */
  readonly agent: Pick<Agent, 'id' | 'role' | 'isCao' | 'allowedTaskTypes'> | null
}

export interface DecisionQuestion {
  readonly approval: Pick<
    Approval,
    'requesterId' | 'onBehalfOfAgentId' | 'actionType' | 'riskLevel' | 'requiredDecisions'
  >
  /** The agent of the principal that asked, if an agent asked. */
  readonly requesterAgentId: string | null
  /** The task it is about; null when it belongs to none. */
  readonly task: Pick<Task, 'type' | 'assigneeIds' | 'workedBy'> | null
  readonly decider: Decider
  readonly verdict: Verdict
  readonly rules: PolicyRules | null
  readonly ancestry: Ancestry
  /** The CAO has approved an override of this account in this window before. */
  readonly isSecondOverride: boolean
}

/** Why separation of duties forbids this decider, or null. Humans are one principal on every channel. */
export function dutyProblem(question: Omit<DecisionQuestion, 'verdict' | 'rules' | 'isSecondOverride'>): string | null {
  const { approval, decider, task, ancestry } = question
  if (decider.principalId === approval.requesterId) return 'nobody decides on an own request'
  const { agent } = decider
  if (agent === null) return null
  const actors = [approval.onBehalfOfAgentId, question.requesterAgentId].filter((id) => id !== null)
  const involved = [agent.id, ...actors, ...(task?.assigneeIds ?? []), ...(task?.workedBy ?? [])]
  if (!involved.every((id) => isLineKnown(id, ancestry))) return 'its spawn line cannot be told; a human decides'
  if (actors.some((id) => isSameLine(agent.id, id, ancestry))) return 'the act is its own, or of its spawn line'
  if (task !== null && isParty(agent.id, task, ancestry)) return 'it is a party of the task'
  return null
}

/** Why this decider has no authority over the request, or null. */
export function authorityProblem(question: DecisionQuestion): string | null {
  const { agent, mayDecide } = question.decider
  if (agent === null) return mayDecide ? null : 'it lacks approvals.decide'
  if (needsHuman(question)) return 'a human decides this'
  if (agent.isCao && mayDecide) return null
  return agent.role === 'LEAD' ? leadProblem(question) : 'it lacks approvals.decide'
}

function needsHuman({ approval, verdict, rules, isSecondOverride }: DecisionQuestion): boolean {
  // A no by somebody with authority is always heard; what is limited is who may say yes.
  if (verdict === 'APPROVE' && approval.riskLevel === 'RED' && approval.requiredDecisions === 1) return true
  if (verdict === 'APPROVE' && approval.actionType === 'BUDGET_OVERRIDE' && isSecondOverride) return true
  return approval.actionType === 'COMPLETE_TASK' && rules?.reviewToDoneRequiresHuman !== false
}

function leadProblem({ approval, task, decider, rules }: DecisionQuestion): string | null {
  if (rules?.leadMayDecide !== true) return 'LEADs decide nothing here'
  if (approval.riskLevel !== 'YELLOW') return 'a LEAD decides YELLOW only'
  if (approval.actionType === 'BUDGET_OVERRIDE') return 'a human or the CAO decides on budgets'
  if (approval.actionType === 'SPAWN' && rules.caoApprovalRequired) return 'the CAO or a human decides on spawning'
  const types = decider.agent?.allowedTaskTypes ?? []
  const isOfItsTypes = task !== null && (types.length === 0 || types.includes(task.type))
  return isOfItsTypes ? null : 'a LEAD decides on tasks of its types'
}

/**
 * Whether enough of the right ones approved. RED takes two distinct principals with a human among them;
 * an approval counts only while whoever gave it is `independent`.
 */
function isQuorumReached(
  approval: Pick<Approval, 'riskLevel' | 'requiredDecisions' | 'decisions'>,
  isIndependent: (principalId: string) => boolean = () => true,
): boolean {
  const approving = approval.decisions.filter(
    ({ verdict, principalId }) => verdict === 'APPROVE' && isIndependent(principalId),
  )
  if (approval.riskLevel === 'RED' && !approving.some(({ kind }) => kind === 'HUMAN')) return false
  return new Set(approving.map(({ principalId }) => principalId)).size >= approval.requiredDecisions
}

/** What a request stands at after its decisions: one denial ends it, whatever else was said. */
export function outcomeOf(
  approval: Pick<Approval, 'riskLevel' | 'requiredDecisions' | 'decisions'>,
  isIndependent?: (principalId: string) => boolean,
): 'PENDING' | 'APPROVED' | 'DENIED' {
  if (approval.decisions.some(({ verdict }) => verdict === 'DENY')) return 'DENIED'
  return isQuorumReached(approval, isIndependent) ? 'APPROVED' : 'PENDING'
}

/** The act that wants to use a grant, at this moment. */
export interface GrantUse {
  readonly actionType: ActionType
  readonly payloadHash: string
  readonly agentId: string
  readonly taskId: string | null
  readonly taskEpoch: number | null
  readonly estimatedCostMicros: number | null
  /** In force now; another one than at the decision voids the grant. */
  readonly policyVersion: string | null
}

/** Whether an approval is bound to exactly this act under this policy, used or not. */
export function isBoundTo(approval: Approval, use: GrantUse): boolean {
  return (
    approval.actionType === use.actionType &&
    approval.payloadHash === use.payloadHash &&
    approval.onBehalfOfAgentId === use.agentId &&
    approval.taskId === (use.taskId ?? '') &&
    approval.taskEpoch === use.taskEpoch &&
    approval.policyVersion === use.policyVersion &&
    (use.estimatedCostMicros ?? 0) <= (approval.estimatedCostMicros ?? 0)
  )
}

/** Whether its permission still stands by the clock. */
export function isGrantCurrent(approval: Pick<Approval, 'status' | 'grantExpiresAt'>, now: number): boolean {
  return approval.status === 'APPROVED' && approval.grantExpiresAt !== null && approval.grantExpiresAt > now
}

/** Whether the approval is an unused permission for exactly this act. In which run it may be used is asked apart. */
export function isLiveGrant(approval: Approval, use: GrantUse, now: number): boolean {
  return approval.usedAt === null && isGrantCurrent(approval, now) && isBoundTo(approval, use)
}
