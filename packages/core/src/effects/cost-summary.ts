import type { DecidingInProject } from '../decide/command.ts'
import type { Task } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'

const RUNS_MAX = 500

/** What summing up the cost of a task has to read. */
export function costSummaryScope(taskId: string): Scope {
  return { lookups: [{ lookup: 'runsOfTask', values: [taskId], limit: RUNS_MAX }] }
}

/** What the work on a task has cost so far, from its runs as these changes leave them. */
export function costSummaryOf(deciding: DecidingInProject, task: Task): NonNullable<Task['costSummary']> {
  const runs = deciding.snapshot.find('runsOfTask', task.id).map((run) => deciding.changes.current('run', run))
  return {
    totalMicros: runs.reduce((sum, run) => sum + run.billedMicros + run.imputedMicros, 0),
    runs: runs.length,
    tokens: runs.reduce(
      (sum, run) =>
        sum + run.inputTokens + run.outputTokens + run.cacheReadTokens + run.cacheWriteTokens + run.reasoningTokens,
      0,
    ),
  }
}
