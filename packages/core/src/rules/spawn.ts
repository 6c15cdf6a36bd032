import type { Agent } from '../model/agent.ts'
import type { SpawnLimits } from '../model/policy.ts'
import { AGENT_ROLES, type AgentRole } from '../model/principal.ts'
import type { Task, TaskType } from '../model/task.ts'
import type { Violation } from './policy/types.ts'

const STEP = 10
const FOR_WORK: readonly Task['status'][] = ['ASSIGNED', 'IN_PROGRESS', 'NEEDS_APPROVAL']

/** A sub-agent as its parent wants it, with everything resolved. Also the payload of the request for it. */
export interface ChildPlan {
  readonly name: string
  readonly role: AgentRole
  readonly types: readonly TaskType[]
  /** Null: all. */
  readonly allowedTools: readonly string[] | null
  readonly caps: { readonly dailyMicros: number; readonly perRunMicros: number }
  readonly purpose: string | null
}

export interface SpawnFacts {
  readonly parent: Agent
  readonly child: ChildPlan
  /** The task it is for; null when none was named, or it is none of this project. */
  readonly task: Task | null
  /** How deep the child would be: 1 below an agent that nobody spawned. Null: nobody can tell. */
  readonly depth: number | null
  readonly limits: SpawnLimits
  /** Sub-agents of the parent that are not retired. */
  readonly siblings: number
  /** Active agents of the installation. */
  readonly activeAgents: number
}

/** What speaks against a sub-agent. A refusal is final; a quota may be passed with an approval. */
export function spawnViolations(facts: SpawnFacts): Violation[] {
  const { parent, child, task, depth, limits, siblings, activeAgents } = facts
  const refused = [
    ...(parent.canSpawn ? [] : ['this agent may not spawn']),
    ...(depth !== null && depth <= limits.depthMax ? [] : [`no deeper than ${limits.depthMax}`]),
    ...((child.purpose ?? '').trim() === '' ? ['a purpose is needed'] : []),
    ...taskProblems(parent, task),
    ...beyondParent(parent, child),
  ].map((detail): Violation => ({ step: STEP, code: 'SPAWN_REFUSED', detail, verdict: 'DENY', overridable: false }))
  const quotas = [
    ...(siblings < parent.maxSubAgents
      ? []
      : [{ code: 'SUB_AGENTS_MAX', detail: `it has ${siblings} of ${parent.maxSubAgents} sub-agents` }]),
    ...(activeAgents < limits.activeAgentsMax
      ? []
      : [{ code: 'ACTIVE_AGENTS_MAX', detail: `${activeAgents} of ${limits.activeAgentsMax} agents are active` }]),
  ].map((quota): Violation => ({ step: STEP, ...quota, verdict: 'NEEDS_APPROVAL', overridable: true }))
  return [...refused, ...quotas]
}

function taskProblems(parent: Agent, task: Task | null): string[] {
  if (task === null) return ['a parent task is needed']
  if (task.claim?.agentId !== parent.id) return [`${parent.name} does not hold ${task.id}`]
  return FOR_WORK.includes(task.status) ? [] : [`${task.id} is ${task.status}`]
}

/** Role, tools, types and caps of a child never exceed the parent's. */
function beyondParent(parent: Agent, child: ChildPlan): string[] {
  const rank = (role: AgentRole) => AGENT_ROLES.indexOf(role)
  const { allowedTools, allowedTaskTypes } = parent
  const tools =
    allowedTools === null ? false : (child.allowedTools ?? ['*']).some((tool) => !allowedTools.includes(tool))
  const types =
    allowedTaskTypes.length > 0 &&
    (child.types.length === 0 || child.types.some((type) => !allowedTaskTypes.includes(type)))
  return [
    ...(rank(child.role) > rank(parent.role) ? [`role ${child.role} is above ${parent.role}`] : []),
    ...(tools ? ['it would have tools that its parent has not'] : []),
    ...(types ? ['it would take task types that its parent does not'] : []),
    ...(child.caps.dailyMicros > parent.budgetDailyMicros ? ['its daily cap is above that of its parent'] : []),
    ...(child.caps.perRunMicros > parent.budgetPerRunMicros ? ['its cap per run is above that of its parent'] : []),
  ]
}
