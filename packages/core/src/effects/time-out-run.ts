import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Run } from '../model/run.ts'
import type { Scope } from '../ports/storage.ts'
import { isFinal } from '../rules/run.ts'
import { finishRuns, finishScopeById } from './finish-runs.ts'

const RUNS_MAX = 100

/** What ending the open runs of a task reads. */
export function timeOutRunScope(projectId: string, taskId: string, seen: Snapshot | null): Scope {
  const isSeen = seen?.hasLookup('openRunsOfTask', [taskId]) === true
  const runs = isSeen ? seen.find('openRunsOfTask', taskId) : []
  return joinScopes(
    { lookups: [{ lookup: 'openRunsOfTask', values: [taskId], limit: RUNS_MAX }] },
    ...runs.map(({ id }) => finishScopeById(projectId, id, seen)),
  )
}

/** Ends runs whose agent fell silent, each settled at its last report; one that was stopped ends as STOPPED. */
export function timeOutRuns(deciding: DecidingInProject, runs: readonly Run[]): Run[] {
  const open = runs.map((run) => deciding.changes.current('run', run)).filter((run) => !isFinal(run))
  return finishRuns(
    deciding,
    open.map((run) => ({ run, status: 'TIMEOUT' })),
  )
}
