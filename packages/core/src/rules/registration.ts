import type { Agent } from '../model/agent.ts'
import { AGENT_ROLES, type AgentRole, type Ceiling } from '../model/principal.ts'
import type { FieldError } from '../model/refusal.ts'
import type { TaskType } from '../model/task.ts'

/** How many sub-agents an agent may have unless an ADMIN says otherwise. */
const SUB_AGENTS_DEFAULT = 3
/** How many tasks an agent may hold unless an ADMIN says otherwise. */
export const CONCURRENT_TASKS_DEFAULT = 3

/** What a registration asks for; what it leaves out it does not ask for. */
export interface AskedRights {
  readonly role?: AgentRole | undefined
  readonly isCao: boolean
  readonly allowedTaskTypes: readonly TaskType[]
  readonly allowedTools?: readonly string[] | undefined
  readonly budgetDailyMicros?: number | undefined
  readonly budgetPerRunMicros?: number | undefined
  readonly maxSubAgents?: number | undefined
  readonly maxConcurrentTasks?: number | undefined
}

/** Where a registration asks for more than the agent has. No agent raises its own role, tools or budget. */
export function raisesOf(asked: AskedRights, agent: Agent): FieldError[] {
  const rank = (role: AgentRole) => AGENT_ROLES.indexOf(role)
  const raised = {
    role: asked.role !== undefined && rank(asked.role) > rank(agent.role),
    isCao: asked.isCao && !agent.isCao,
    // No types at all means any type.
    allowedTaskTypes: agent.allowedTaskTypes.length > 0 && isBeyond(asked.allowedTaskTypes, agent.allowedTaskTypes),
    allowedTools: agent.allowedTools !== null && isBeyond(asked.allowedTools ?? [], agent.allowedTools),
    budgetDailyMicros: (asked.budgetDailyMicros ?? 0) > agent.budgetDailyMicros,
    budgetPerRunMicros: (asked.budgetPerRunMicros ?? 0) > agent.budgetPerRunMicros,
    maxSubAgents: (asked.maxSubAgents ?? 0) > agent.maxSubAgents,
    maxConcurrentTasks: (asked.maxConcurrentTasks ?? 0) > agent.maxConcurrentTasks,
  }
  return errorsOf(raised, 'is more than this agent has')
}

/** Where a registration with an enrollment key asks for more than the key may give. It never makes a CAO. */
export function beyondCeiling(asked: AskedRights, role: AgentRole, ceiling: Ceiling): FieldError[] {
  const beyond = {
    role: !ceiling.roles.includes(role),
    isCao: asked.isCao,
    budgetDailyMicros: (asked.budgetDailyMicros ?? 0) > ceiling.budgetDailyMicros,
    budgetPerRunMicros: (asked.budgetPerRunMicros ?? 0) > ceiling.budgetPerRunMicros,
    maxSubAgents: (asked.maxSubAgents ?? 0) > subAgentsMax(role),
    maxConcurrentTasks: (asked.maxConcurrentTasks ?? 0) > CONCURRENT_TASKS_DEFAULT,
  }
  return errorsOf(beyond, 'is more than this enrollment key may give')
}

/** The role of a new agent that names none: SPECIALIST, where the ceiling allows it. */
export function roleOf(asked: AskedRights, ceiling: Ceiling | null): AgentRole {
  if (asked.role !== undefined) return asked.role
  return ceiling === null || ceiling.roles.includes('SPECIALIST') ? 'SPECIALIST' : (ceiling.roles[0] ?? 'INTERN')
}

export function subAgentsMax(role: AgentRole): number {
  return role === 'INTERN' ? 0 : SUB_AGENTS_DEFAULT
}

function isBeyond(asked: readonly string[], has: readonly string[]): boolean {
  return asked.some((entry) => !has.includes(entry))
}

function errorsOf(fields: Readonly<Record<string, boolean>>, message: string): FieldError[] {
  return Object.entries(fields).flatMap(([field, isWrong]) => (isWrong ? [{ field, message }] : []))
}
