import type { AgentRole } from '../model/principal.ts'
import type { TaskType } from '../model/task.ts'
import type { CompiledPolicy } from './policy/compile.ts'

/** The cap of a task of that type under the policy; without a policy nothing may be spent. */
export function taskCapMicros(policy: CompiledPolicy | null, type: TaskType): number {
  return policy?.budgetDefaults.taskTypes[type] ?? 0
}

/** The caps an agent of that role starts with; without a policy it may spend nothing. */
export function agentCaps(
  policy: CompiledPolicy | null,
  role: AgentRole,
  isCao: boolean,
): { dailyMicros: number; perRunMicros: number } {
  return policy?.budgetDefaults.roles[isCao ? 'CAO' : role] ?? { dailyMicros: 0, perRunMicros: 0 }
}
