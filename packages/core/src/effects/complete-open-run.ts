import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { invariant } from '../errors.ts'
import { usdFromMicros } from '../model/money.ts'
import type { Run } from '../model/run.ts'
import type { Task } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { isFinal } from '../rules/run.ts'
import { chargeScope, chargeTask, manualLine } from './charge-task.ts'
import { finishRuns, finishScope, finishScopeById } from './finish-runs.ts'
import { alertScope, raiseAlert } from './raise-alert.ts'
import { recordUsage } from './record-usage.ts'
import { runAccountsSeen } from './run-scope.ts'

const RUNS_MAX = 100

function anomalyKey(taskId: string): string {
  return `ANOMALY:COST:${taskId}`
}

/** The runs that the holder of the task has open on it. */
function ofHolder(runs: readonly Run[], task: Task): Run[] {
  return runs.filter((run) => !isFinal(run) && run.agentId === task.claim?.agentId)
}

/** What settling the work on a task reads: its open runs; or, for a cost told without any, the accounts it falls on. */
export function openRunScope(projectId: string, taskId: string, seen: Snapshot | null, costMicros = 0): Scope {
  const base = joinScopes(
    { lookups: [{ lookup: 'openRunsOfTask', values: [taskId], limit: RUNS_MAX }] },
    alertScope(projectId, anomalyKey(taskId)),
  )
  const task = seen?.has('task', taskId) === true ? seen.peek('task', taskId) : null
  const holderId = task?.claim?.agentId ?? null
  if (seen === null || task === null || holderId === null || !seen.hasLookup('openRunsOfTask', [taskId])) return base
  const runs = ofHolder(seen.find('openRunsOfTask', taskId), task)
  if (runs.length === 0) {
    return costMicros === 0
      ? base
      : joinScopes(base, chargeScope({ projectId, agentId: holderId, taskId }, costMicros, seen))
  }
  return joinScopes(
    base,
    ...runs.map((run) => finishScopeById(projectId, run.id, seen)),
    // Its accounts first; then what the cost told with the deliverable does to them.
    ...runs
      .filter((run) => runAccountsSeen(run, seen) !== null)
      .map((run) => finishScope(run, { micros: costMicros, tokens: 0 }, seen)),
  )
}

/**
 * Settles the open runs of the task's holder as completed. A cost told with the deliverable becomes a line only where
 * the run has none; where it has, the ledger stands, and a difference of more than 1 % is pointed out.
 */
export function completeOpenRun(deciding: DecidingInProject, task: Task, costMicros: number | null): void {
  const { changes, snapshot } = deciding
  const open = snapshot.find('openRunsOfTask', task.id).map((run) => changes.current('run', run))
  const [first, ...others] = ofHolder(open, task)
  if (first === undefined) {
    chargeHolder(deciding, task, costMicros ?? 0)
    return
  }
  const known = [first, ...others].reduce((sum, run) => sum + run.billedMicros + run.imputedMicros, 0)
  const hasLines = [first, ...others].some((run) => run.lineCount > 0)
  const isNew = costMicros !== null && costMicros > 0 && !hasLines
  const used = isNew ? recordUsage(deciding, first, [manualLine(costMicros)]) : first
  if (costMicros !== null && hasLines) pointOut(deciding, task, costMicros, known)
  finishRuns(
    deciding,
    [used, ...others].map((run) => ({ run, status: 'COMPLETED' })),
  )
}

function chargeHolder(deciding: DecidingInProject, task: Task, costMicros: number): void {
  const holderId = task.claim?.agentId ?? null
  if (costMicros === 0 || holderId === null) return
  const agent = deciding.snapshot.get('agent', holderId)
  invariant(agent !== null, `the holder of ${task.id} is an agent`)
  chargeTask(deciding, task, agent, costMicros)
}

function pointOut(deciding: DecidingInProject, task: Task, toldMicros: number, knownMicros: number): void {
  // More than one part in a hundred, without a fraction.
  if (Math.abs(toldMicros - knownMicros) * 100 <= knownMicros) return
  raiseAlert(deciding, {
    type: 'ANOMALY',
    severity: 'WARNING',
    dedupeKey: anomalyKey(task.id),
    title: `Told cost differs: ${task.title}`,
    description: `${usdFromMicros(toldMicros, 6)} USD were told with the deliverable, the ledger has ${usdFromMicros(knownMicros, 6)} USD and stands.`,
    agentId: task.claim?.agentId ?? null,
    taskId: task.id,
  })
}
