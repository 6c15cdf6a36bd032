import type { DecidingInProject } from '../decide/command.ts'
import type { Agent } from '../model/agent.ts'
import type { AccountKey } from '../model/ledger.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Task, TaskStatus } from '../model/task.ts'
import { effectiveCap, remaining } from '../rules/budget.ts'
import { openDependencies } from '../rules/dependencies.ts'
import { eligibilityProblems } from '../rules/eligibility.ts'
import { type GuardFacts, guardProblems } from '../rules/guards.ts'
import { type Ancestry, isParty } from '../rules/parties.ts'
import { hasPermission } from '../rules/permissions.ts'
import { allowedTargets, type Capacity, entryGuards, findEdge, type Guard } from '../rules/task-lifecycle.ts'
import { windowKey } from '../rules/windows.ts'
import { policyInForce } from './policy-in-force.ts'
import { standingBudget } from './run-accounts.ts'
import { approvalsOf, reviewsOf } from './task-lists.ts'

/** In which capacities the actor may move this task. `ancestry` is needed only where a party must be told from others. */
export function capacitiesOf(deciding: DecidingInProject, task: Task, ancestry: Ancestry): Capacity[] {
  const { principal, agent } = deciding
  if (principal === null) return ['SYSTEM']
  if (principal.kind === 'HUMAN') return hasPermission(principal, null, 'tasks.manage') ? ['HUMAN'] : []
  if (agent === null) return []
  const capacities: Capacity[] = []
  const isAssignee = task.assigneeIds.includes(agent.id)
  if (task.claim === null ? isAssignee : task.claim.agentId === agent.id) capacities.push('WORKER')
  const party = isParty(agent.id, task, ancestry)
  if (task.reviewerId === principal.id && !party) capacities.push('REVIEWER')
  // A LEAD assigns freely, but never finishes what it or its line worked on.
  if (agent.role === 'LEAD' && (task.status !== 'REVIEW' || !party)) capacities.push('LEAD')
  return capacities
}

export interface ProposedMove {
  /** The task with the artifacts and assignees of the move already on it. */
  readonly task: Task
  readonly from: TaskStatus
  readonly to: TaskStatus
  readonly reason: string | null
  readonly capacities: readonly Capacity[]
  /** The agent that would work on it. */
  readonly worker?: Agent | null
  /** Set by a decision that itself approves the deliverable. */
  readonly completionApproved?: boolean
}

/** Why the move is not possible, or null. The refusal names every guard that fails and what is possible instead. */
export function judgeMove(deciding: DecidingInProject, move: ProposedMove): Refusal | null {
  const allowed = allowedTargets(move.from, move.capacities)
  const edge = findEdge(move.from, move.to)
  if (edge === null || !edge.capacities.some((capacity) => move.capacities.includes(capacity))) {
    const message = edge === null ? 'there is no such transition' : 'not for this actor'
    return refusal('TRANSITION_REFUSED', `${move.from} → ${move.to}: ${message} (actor ${deciding.actor.kind})`, {
      errors: [{ field: 'to', message }],
      allowed,
    })
  }
  const problems = guardProblems(guardsOf(move, edge.guards), gatherFacts(deciding, move))
  if (problems.length === 0) return null
  if (problems.every((problem) => problem.field === 'approval')) {
    return refusal('APPROVAL_REQUIRED', `${move.from} → ${move.to}: ${problems[0]?.message ?? ''}`, {
      errors: problems,
      allowed,
    })
  }
  return refusal('TRANSITION_REFUSED', `${move.from} → ${move.to}: ${problems.length} guards do not hold`, {
    errors: problems,
    allowed,
  })
}

/**
 * A human who returns a waiting task elsewhere than where it came from meets the guards of entering there. One who
 * brings another deliverable on the way back to REVIEW brings a whole one.
 */
function guardsOf(move: ProposedMove, guards: readonly Guard[]): readonly Guard[] {
  if (move.from !== 'NEEDS_APPROVAL' || !move.capacities.includes('HUMAN')) return guards
  if (move.task.returnStatus !== move.to) return [...guards, ...entryGuards(move.to)]
  return move.to === 'REVIEW' ? [...guards, 'deliverable', 'checklist'] : guards
}

function gatherFacts(deciding: DecidingInProject, move: ProposedMove): GuardFacts {
  const { snapshot, agent, now } = deciding
  const { task } = move
  const policy = policyInForce(deciding, { taskType: task.type, agentId: agent?.id ?? null })
  const rules = policy?.rules ?? null
  const reviews = reviewsOf(deciding, task.id)
  const approvals = approvalsOf(deciding, task.id)
  const grant = approvals.find(
    (approval) =>
      approval.actionType === 'COMPLETE_TASK' &&
      approval.status === 'APPROVED' &&
      approval.usedAt === null &&
      (approval.grantExpiresAt ?? 0) > now &&
      isOfDeliverable(approval.payload, task),
  )
  if (grant !== undefined) snapshot.rely('approval', grant)
  const runs = snapshot.hasLookup('openRunsOfTask', [task.id]) ? snapshot.find('openRunsOfTask', task.id) : []
  return {
    task,
    to: move.to,
    reason: move.reason,
    capacities: move.capacities,
    actingAgent: agent,
    worker: move.worker ? { problems: workerProblems(deciding, move.worker, task, false) } : null,
    assigneeProblems: assigneeProblems(deciding, task),
    openDependencies: dependenciesLeft(deciding, task),
    runningRunIds: runs
      .map((run) => deciding.changes.current('run', run))
      .filter((run) => run.status === 'RUNNING' && run.stopReason === null)
      .map((run) => run.id),
    unresolvedItems: reviews
      .filter((review) => review.verb === 'CHANGESET' && review.status === 'OPEN')
      .flatMap((review) => review.items)
      .filter((item) => item.resolvedAt === null).length,
    openDisputes: reviews.filter(
      (review) => review.verb === 'REFUTE' && (review.status === 'OPEN' || review.status === 'ESCALATED'),
    ).length,
    pendingApprovalIds: stillPending(deciding, task),
    completionApproved:
      move.completionApproved === true || grant !== undefined || rules?.reviewToDoneRequiresApproval === false,
    // Without a policy nothing is allowed beyond what a human does by hand.
    maxReviewCycles: rules?.maxReviewCycles ?? 0,
    leadMayFinish: rules?.reviewToDoneRequiresHuman === false,
  }
}

function isOfDeliverable(payload: unknown, task: Task): boolean {
  const bound = payload as { submission?: unknown; deliverableHash?: unknown } | null
  return bound?.submission === task.submission && bound.deliverableHash === (task.deliverable?.hash ?? null)
}

/** What the task waits for and nobody has decided, overrides of a budget among them, which belong to no task. */
function stillPending(deciding: DecidingInProject, task: Task): string[] {
  const { snapshot, changes } = deciding
  return task.waitingFor.filter((id) => {
    const approval = snapshot.has('approval', id) ? snapshot.get('approval', id) : null
    return approval !== null && changes.current('approval', approval).status === 'PENDING'
  })
}

/** Dependencies that are not DONE, each relied upon. */
function dependenciesLeft({ snapshot }: DecidingInProject, task: Pick<Task, 'dependsOn'>): string[] {
  return openDependencies(task, (id) => snapshot.get('task', id)?.status)
}

function assigneeProblems(deciding: DecidingInProject, task: Task): string[] {
  const all = task.assigneeIds.map((id) => {
    const assignee = deciding.snapshot.has('agent', id) ? deciding.snapshot.get('agent', id) : null
    return assignee === null ? [`${id} is no agent of this project`] : workerProblems(deciding, assignee, task, false)
  })
  return all.some((problems) => problems.length === 0) ? [] : all.flat()
}

/** What the agent has left today, and why it may not take the task; empty if it may. Its workload fences the count. */
export function workerProblems(deciding: DecidingInProject, agent: Agent, task: Task, isClaiming: boolean): string[] {
  const { snapshot } = deciding
  const workload = snapshot.get('workload', agent.id)
  if (workload === null) return [`${agent.name} is no agent of this project`]
  const rules = policyInForce(deciding, { taskType: task.type, agentId: agent.id })?.rules
  return eligibilityProblems({
    agent,
    workload,
    mode: deciding.mode,
    task,
    openDependencies: dependenciesLeft(deciding, task),
    remainingMicros: remainingToday(deciding, agent),
    internMayClaim: rules?.internMayClaim ?? false,
    isClaiming,
  })
}

/** The account of what an agent spends today. */
export function agentDayKey(deciding: DecidingInProject, agentId: string): AccountKey {
  return {
    projectId: deciding.project.id,
    scopeType: 'AGENT',
    scopeId: agentId,
    metric: 'USD',
    window: 'DAY',
    windowKey: windowKey('DAY', deciding.now, deciding.project.timeZone),
  }
}

/** What the agent may still spend today; null: as much as it likes, or nobody has looked. */
export function remainingToday(deciding: DecidingInProject, agent: Agent): number | null {
  const key = agentDayKey(deciding, agent.id)
  if (!deciding.snapshot.hasAccount(key)) return null
  const budget = standingBudget(deciding.snapshot, key)
  return remaining(effectiveCap(agent.budgetDailyMicros, budget, key.windowKey), deciding.snapshot.balance(key))
}
