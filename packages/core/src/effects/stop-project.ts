import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Run } from '../model/run.ts'
import type { Task } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { moveTask } from './move-task.ts'
import { alertScope } from './raise-alert.ts'
import { stopRuns } from './stop-runs.ts'

const RUNS_AT_ONCE_MAX = 100
const TASKS_AT_ONCE_MAX = 100
const STOPPED = ['IN_PROGRESS', 'ASSIGNED', 'NEEDS_APPROVAL'] as const

/** What stopping the runs of a project reads. */
export function projectRunsScope(projectId: string, seen: Snapshot | null): Scope {
  const runs = seen === null ? [] : openRuns(seen, projectId)
  return joinScopes(
    { lookups: [{ lookup: 'openRunsOfProject', values: [projectId], limit: RUNS_AT_ONCE_MAX }] },
    workloads(runs.map(({ agentId }) => agentId)),
  )
}

function openRuns(snapshot: Snapshot, projectId: string): readonly Run[] {
  const runs = snapshot.hasLookup('openRunsOfProject', [projectId]) ? snapshot.find('openRunsOfProject', projectId) : []
  return runs.filter(({ stopReason }) => stopReason === null)
}

function workloads(agentIds: readonly string[]): Scope {
  return { records: [...new Set(agentIds)].map((id) => ({ kind: 'workload', id })) }
}

/** Stops the open runs of the project; gives how many. */
export function stopProjectRuns(deciding: DecidingInProject): number {
  const runs = openRuns(deciding.snapshot, deciding.project.id)
  stopRuns(deciding, runs, 'OPERATOR')
  return runs.length
}

/** What blocking the work of a project reads. */
export function projectWorkScope(projectId: string, seen: Snapshot | null): Scope {
  const tasks = seen === null ? [] : workUnderWay(seen, projectId)
  return joinScopes(
    {
      lookups: STOPPED.map((status) => ({
        lookup: 'tasksByStatus',
        values: [projectId, status],
        limit: TASKS_AT_ONCE_MAX,
      })),
    },
    workloads(tasks.flatMap(({ assigneeIds }) => assigneeIds)),
    ...tasks.map(({ id }) => alertScope(projectId, `TASK_BLOCKED:${id}`)),
  )
}

function workUnderWay(snapshot: Snapshot, projectId: string): readonly Task[] {
  return STOPPED.flatMap((status) =>
    snapshot.hasLookup('tasksByStatus', [projectId, status]) ? snapshot.find('tasksByStatus', projectId, status) : [],
  ).slice(0, TASKS_AT_ONCE_MAX)
}

/** Blocks what the project is working on. Requests stay: they may still be decided. Gives how many tasks were blocked. */
export function blockProjectWork(deciding: DecidingInProject, reason: string): number {
  const tasks = workUnderWay(deciding.snapshot, deciding.project.id)
  for (const task of tasks) moveTask(deciding, { task, to: 'BLOCKED', reason, stopReason: 'OPERATOR' })
  return tasks.length
}

/** Whether a command took as much as one may, so that there may be more. */
export function mayHaveLeftSome(counts: { readonly runs: number; readonly tasks: number }): boolean {
  return counts.runs >= RUNS_AT_ONCE_MAX || counts.tasks >= TASKS_AT_ONCE_MAX
}
