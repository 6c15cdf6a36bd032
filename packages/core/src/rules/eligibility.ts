import type { Agent, Workload } from '../model/agent.ts'
import type { OperatorMode } from '../model/project.ts'
import type { Task } from '../model/task.ts'

export interface EligibilityFacts {
  readonly agent: Agent
  readonly workload: Workload
  readonly mode: OperatorMode
  readonly task: Pick<Task, 'projectId' | 'type' | 'id'>
  readonly openDependencies: readonly string[]
  /** Null: no cap. */
  readonly remainingMicros: number | null
  readonly internMayClaim: boolean
  /** Whether it takes the task itself (`internMayClaim` applies) or is given it. */
  readonly isClaiming: boolean
}

/** Why this agent may not take this task now; empty if it may. Used by claim, assign and handover alike. */
export function eligibilityProblems(facts: EligibilityFacts): string[] {
  const { agent, task, workload } = facts
  const problems: string[] = []
  if (agent.projectId !== task.projectId) problems.push(`${agent.name} belongs to another project`)
  if (agent.retiredAt !== null) problems.push(`${agent.name} is retired`)
  if (agent.status !== 'ACTIVE') problems.push(`${agent.name} is ${agent.status}`)
  if (agent.drainRequestedAt !== null) problems.push(`${agent.name} is draining`)
  if (facts.mode !== 'NORMAL') problems.push(`the project is ${facts.mode}`)
  if (agent.allowedTaskTypes.length > 0 && !agent.allowedTaskTypes.includes(task.type)) {
    problems.push(`${agent.name} does not take ${task.type}`)
  }
  for (const id of facts.openDependencies) problems.push(`${id} is not DONE`)
  const others = workload.activeTaskIds.filter((id) => id !== task.id)
  if (others.length >= agent.maxConcurrentTasks) {
    problems.push(`${agent.name} already has ${others.length} of ${agent.maxConcurrentTasks} tasks`)
  }
  if (facts.remainingMicros !== null && facts.remainingMicros <= 0)
    problems.push(`${agent.name} has no budget left today`)
  if (facts.isClaiming && agent.role === 'INTERN' && !facts.internMayClaim) problems.push('INTERNs may not claim here')
  return problems
}
