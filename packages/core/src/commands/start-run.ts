import { z } from 'zod'
import {
  accept,
  type DecidingInProject,
  type Decision,
  projectCommand,
  refuse,
  refuseWithEffects,
} from '../decide/command.ts'
import { leaseProblem, own } from '../decide/own.ts'
import { openRun, type StartedRun } from '../effects/open-run.ts'
import { refuseRunStart } from '../effects/refuse-run-start.ts'
import { renewLease } from '../effects/renew-lease.ts'
import { evaluateStart, type RunRequest, runOutlook, runStartScope } from '../effects/run-start.ts'
import { invariant } from '../errors.ts'
import { refSchema } from '../model/ids.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Task } from '../model/task.ts'
import { nameSchema } from '../model/text.ts'
import { lineMicrosSchema } from '../model/usage.ts'
import { OPEN_RUNS_MAX } from '../rules/run.ts'
import { epochInput, inProject } from './inputs.ts'

const input = z.strictObject({
  ...inProject,
  taskId: refSchema.optional(),
  epoch: epochInput,
  sessionKey: nameSchema(200),
  model: nameSchema(200),
  provider: nameSchema(100).optional(),
  estimatedCostMicros: lineMicrosSchema.optional(),
})
type Given = z.infer<typeof input>

function requestOf(given: Given, agentId: string): RunRequest {
  return {
    projectId: given.projectId,
    agentId,
    taskId: given.taskId ?? null,
    sessionKey: given.sessionKey,
    model: given.model,
    provider: given.provider ?? null,
    estimatedCostMicros: given.estimatedCostMicros ?? null,
  }
}

/**
 * Opens a run of the calling agent and holds its estimate (without one, the cap per run) on every account at once,
 * or on none. Of any number of starts at the same moment only those are accepted that fit under every cap; where one
 * does not, the refusal itself asks a human, parks the task and pauses the agent if its day is spent.
 */
export const startRun = projectCommand({
  name: 'runs.start',
  summary: 'Opens a run and holds its money on run, task, agent and project.',
  input,
  permission: 'runs.write',
  whenContained: 'refused',
  scope: (given, caller, seen) =>
    caller.agentId === null ? {} : runStartScope(requestOf(given, caller.agentId), seen),
  decide(deciding, given): Decision<StartedRun> {
    const { agent, snapshot } = deciding
    if (agent === null) return refuse(refusal('FORBIDDEN', 'only an agent starts a run'))
    const request = requestOf(given, agent.id)
    let task: Task | null = null
    if (request.taskId !== null) {
      const found = own(deciding, 'task', request.taskId)
      if (found.problem !== null) return refuse(found.problem)
      task = found.record
      const lost = leaseProblem(deciding, task, given.epoch)
      if (lost !== null) return refuse(lost)
    }
    const draining = drainProblem(deciding, task)
    if (draining !== null) return refuse(draining)
    const open = snapshot.get('workload', agent.id)?.openRuns.length ?? 0
    if (open >= OPEN_RUNS_MAX) return refuse(refusal('RATE_LIMITED', `${agent.name} has ${open} open runs`))

    const runId = deciding.nextId('run')
    const outlook = runOutlook(snapshot, request, runId)
    invariant(outlook !== null, 'everything a start decides on has been read')
    deciding.changes.policyVersion = outlook.policy?.version ?? null
    const evaluation = evaluateStart(deciding, outlook, deciding.mode)
    if (task !== null) renewLease(deciding, task)
    if (evaluation.decision === 'ALLOW') return accept(openRun(deciding, request, outlook, evaluation, runId))
    return refuseWithEffects(refuseRunStart(deciding, request, outlook, evaluation))
  },
})

/** Draining, an agent finishes what it has started and begins nothing else. */
function drainProblem({ agent, mode }: DecidingInProject, task: Task | null): Refusal | null {
  if (task?.status === 'IN_PROGRESS') return null
  if (mode === 'DRAINING') return refusal('OPERATOR_MODE', 'the project is DRAINING: only started tasks go on')
  if (agent?.drainRequestedAt == null) return null
  return refusal('AGENT_NOT_ACTIVE', `${agent.name} is draining: only its started tasks go on`)
}
