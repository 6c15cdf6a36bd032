import { joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Agent } from '../model/agent.ts'
import type { Approval } from '../model/approval.ts'
import type { AgentRole } from '../model/principal.ts'
import type { Task, TaskType } from '../model/task.ts'
import type { JsonValue } from '../model/text.ts'
import type { Scope } from '../ports/storage.ts'
import { agentCaps } from '../rules/default-caps.ts'
import { payloadHash } from '../rules/payload-hash.ts'
import type { CompiledPolicy } from '../rules/policy/compile.ts'
import type { Violation } from '../rules/policy/types.ts'
import { type ChildPlan, spawnViolations } from '../rules/spawn.ts'
import { liveGrant } from './consume-grant.ts'
import type { CallSight } from './evaluate-call.ts'
import { approvalScope } from './open-approval.ts'
import { policyOf, policyScope } from './policy-in-force.ts'
import { agentsAbove } from './run-accounts.ts'
import { agentScope, taskScope } from './task-scope.ts'

const CHILDREN_MAX = 500
const ACTIVE_MAX = 500

/** A sub-agent as it is asked for. What is left out is as the parent has it. */
export interface SpawnRequest {
  readonly projectId: string
  readonly parentAgentId: string
  readonly parentTaskId: string | null
  readonly purpose: string | null
  readonly name: string
  readonly role?: AgentRole | undefined
  readonly allowedTaskTypes?: readonly TaskType[] | undefined
  readonly allowedTools?: readonly string[] | undefined
  readonly budgetDailyMicros?: number | undefined
  readonly budgetPerRunMicros?: number | undefined
  readonly ttlMs?: number | undefined
  readonly justification?: string | undefined
  readonly rollbackPlan?: string | undefined
}

export interface SpawnOutlook {
  readonly parent: Agent
  readonly task: Task | null
  readonly policy: CompiledPolicy | null
  readonly child: ChildPlan
  readonly violations: readonly Violation[]
  readonly payload: JsonValue
  readonly payloadHash: string
  readonly grant: Approval | null
}

/** What judging a spawn reads. */
export function spawnScope(request: SpawnRequest, sight: CallSight | null, seen: Snapshot | null): Scope {
  const { projectId, parentAgentId, parentTaskId, name } = request
  const base = joinScopes(
    policyScope(projectId),
    agentScope(parentAgentId),
    parentTaskId === null ? {} : { records: [{ kind: 'task', id: parentTaskId }] },
    {
      lookups: [
        { lookup: 'agentByName', values: [projectId, name], limit: 1 },
        { lookup: 'childrenOfAgent', values: [parentAgentId], limit: CHILDREN_MAX },
        { lookup: 'agentsByStatus', values: ['ACTIVE'], limit: ACTIVE_MAX },
      ],
    },
    seen === null ? {} : { records: agentsAbove(seen, parentAgentId).map((id) => ({ kind: 'agent', id })) },
  )
  const outlook = sight === null ? null : spawnOutlook(sight, request)
  if (outlook === null) return base
  const isOfProject = outlook.task?.projectId === projectId
  return joinScopes(
    base,
    approvalScope(projectId, outlook.payloadHash),
    parentTaskId !== null && isOfProject ? taskScope(projectId, parentTaskId, seen) : {},
  )
}

/** Everything that is known about a spawn, or null while not enough has been read. */
export function spawnOutlook(sight: CallSight, request: SpawnRequest): SpawnOutlook | null {
  const { snapshot, project } = sight
  const { parentAgentId, parentTaskId } = request
  const isRead =
    [null, project.id].every((owner) => snapshot.hasLookup('activePolicies', [owner])) &&
    snapshot.has('agent', parentAgentId) &&
    (parentTaskId === null || snapshot.has('task', parentTaskId)) &&
    snapshot.hasLookup('childrenOfAgent', [parentAgentId]) &&
    snapshot.hasLookup('agentsByStatus', ['ACTIVE'])
  const parent = isRead ? snapshot.peek('agent', parentAgentId) : null
  if (parent === null || parent.projectId !== project.id) return null
  const found = parentTaskId === null ? null : snapshot.peek('task', parentTaskId)
  const task = found?.projectId === project.id ? found : null
  const policy = policyOf(snapshot, project.id, { taskType: task?.type ?? null, agentId: parent.id })
  const child = childOf(request, parent, policy)
  const above = agentsAbove(snapshot, parent.id)
  const isLineRead = above.every((id) => snapshot.has('agent', id))
  const children = snapshot.find('childrenOfAgent', parent.id)
  const isCut = children.length >= CHILDREN_MAX
  const violations =
    policy === null
      ? []
      : spawnViolations({
          parent,
          child,
          task,
          depth: isLineRead ? above.length + 1 : null,
          limits: policy.spawn,
          siblings: isCut ? CHILDREN_MAX : children.filter(({ retiredAt }) => retiredAt === null).length,
          activeAgents: activeAgents(snapshot),
        })
  const payload = { ...child } as unknown as JsonValue
  const act = {
    projectId: project.id,
    agentId: parent.id,
    taskId: task?.id ?? null,
    actionType: 'SPAWN',
    payload,
  } as const
  const hash = payloadHash(act)
  const grant = liveGrant(sight, {
    actionType: 'SPAWN',
    payloadHash: hash,
    agentId: parent.id,
    taskId: act.taskId,
    taskEpoch: task?.epoch ?? null,
    runId: null,
    estimatedCostMicros: null,
    policyVersion: policy?.version ?? null,
  })
  return { parent, task, policy, child, violations, payload, payloadHash: hash, grant }
}

/** As many as the list can hold count as too many: nobody knows how many there are. */
function activeAgents(snapshot: Snapshot): number {
  const active = snapshot.find('agentsByStatus', 'ACTIVE')
  return active.length >= ACTIVE_MAX ? Number.MAX_SAFE_INTEGER : active.length
}

/** What the child would be: its own where it is named, and else the parent's, never more by default. */
function childOf(request: SpawnRequest, parent: Agent, policy: CompiledPolicy | null): ChildPlan {
  const role = request.role ?? (parent.role === 'LEAD' ? 'SPECIALIST' : parent.role)
  const usual = agentCaps(policy, role, false)
  const types = request.allowedTaskTypes ?? []
  return {
    name: request.name,
    role,
    types: types.length === 0 ? parent.allowedTaskTypes : types,
    allowedTools: request.allowedTools ?? parent.allowedTools,
    caps: {
      dailyMicros: request.budgetDailyMicros ?? Math.min(usual.dailyMicros, parent.budgetDailyMicros),
      perRunMicros: request.budgetPerRunMicros ?? Math.min(usual.perRunMicros, parent.budgetPerRunMicros),
    },
    purpose: request.purpose,
  }
}
