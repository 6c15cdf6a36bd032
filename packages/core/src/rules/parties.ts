import type { Agent } from '../model/agent.ts'
import type { Task } from '../model/task.ts'

/** Agents in the order child → parent, as far as they are known. */
export type Ancestry = ReadonlyMap<string, string | null>

/** Reads who spawned whom out of the agents of a project. */
export function ancestryOf(agents: readonly Pick<Agent, 'id' | 'parentAgentId'>[]): Ancestry {
  return new Map(agents.map((agent) => [agent.id, agent.parentAgentId]))
}

function ancestors(agentId: string, ancestry: Ancestry): Set<string> {
  const found = new Set<string>()
  let current = ancestry.get(agentId) ?? null
  while (current !== null && !found.has(current)) {
    found.add(current)
    current = ancestry.get(current) ?? null
  }
  return found
}

/** Whether all agents above this one are known: of an unknown line nobody can say that it is another one. */
export function isLineKnown(agentId: string, ancestry: Ancestry): boolean {
  return [agentId, ...ancestors(agentId, ancestry)].every((id) => ancestry.has(id))
}

/** Whether one of the two agents spawned the other, at any depth, or they are the same. */
export function isSameLine(agentId: string, otherId: string, ancestry: Ancestry): boolean {
  return agentId === otherId || ancestors(agentId, ancestry).has(otherId) || ancestors(otherId, ancestry).has(agentId)
}

/** Whether the agent is a party of the task: it works or worked on it, or its spawn line did. */
export function isParty(agentId: string, task: Pick<Task, 'assigneeIds' | 'workedBy'>, ancestry: Ancestry): boolean {
  return [...task.assigneeIds, ...task.workedBy].some((worker) => isSameLine(agentId, worker, ancestry))
}
