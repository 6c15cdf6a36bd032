import { joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Scope } from '../ports/storage.ts'
import { followersScope } from './followers.ts'
import { policyScope } from './policy-in-force.ts'
import { alertScope } from './raise-alert.ts'
import { taskListScope } from './task-lists.ts'

const TASK_LISTS_MAX = 100

/** The three records of an agent: who it is, when it was heard, what it has in its hands. */
export function agentScope(agentId: string): Scope {
  return {
    records: [
      { kind: 'agent', id: agentId },
      { kind: 'liveness', id: agentId },
      { kind: 'workload', id: agentId },
    ],
  }
}

/**
 * Everything that moving a task may touch: its workers, what it depends on, its open runs and approvals,
 * its reviews, and the policy that governs it. The second look follows what the task points at.
 */
export function taskScope(
  projectId: string,
  taskId: string,
  seen: Snapshot | null,
  agentIds: readonly string[] = [],
): Scope {
  const base: Scope = joinScopes(
    {
      records: [{ kind: 'task', id: taskId }],
      lookups: [{ lookup: 'openRunsOfTask', values: [taskId], limit: TASK_LISTS_MAX }],
    },
    taskListScope(taskId),
    policyScope(projectId),
    followersScope(taskId),
    alertScope(projectId, `TASK_BLOCKED:${taskId}`),
    alertScope(projectId, `LOOP_DETECTED:${taskId}`),
    ...agentIds.map(agentScope),
  )
  const task = seen?.has('task', taskId) === true ? seen.peek('task', taskId) : null
  if (task === null) return base
  const holders = task.claim === null ? [] : [task.claim.agentId]
  const workers = [...new Set([...task.assigneeIds, ...holders])]
  return joinScopes(base, ...workers.map(agentScope), {
    records: [
      ...task.dependsOn.map((id) => ({ kind: 'task' as const, id })),
      ...task.waitingFor.map((id) => ({ kind: 'approval' as const, id })),
    ],
  })
}

/** Who spawned whom in the project, for separation of duties. */
export function ancestryScope(projectId: string): Scope {
  return { lookups: [{ lookup: 'agentsOfProject', values: [projectId], limit: 500 }] }
}
