import type { DecidingInProject } from '../decide/command.ts'
import { invariant } from '../errors.ts'
import { usdFromMicros } from '../model/money.ts'
import { NOTHING_USED, type Run } from '../model/run.ts'
import { runLeaseMs } from '../rules/lease.ts'
import type { Evaluation } from '../rules/policy/evaluate.ts'
import { remainingOfRun, reservationIdOf } from '../rules/run.ts'
import { consumeGrant } from './consume-grant.ts'
import { holdMoney } from './move-money.ts'
import { intervalOf } from './move-task.ts'
import { countsImputed } from './price-lines.ts'
import { relyOnCaps } from './run-accounts.ts'
import { recordStart } from './run-decision.ts'
import type { RunOutlook, RunRequest } from './run-start.ts'

export interface StartedRun {
  readonly run: Run
  /** What the run may cost before it stops. */
  readonly remainingMicros: number
}

/**
 * Opens the run that the policy allows: its record, its hold on every account, its place in the agent's workload.
 * A permission that made it possible is used up by it.
 */
export function openRun(
  deciding: DecidingInProject,
  request: RunRequest,
  outlook: RunOutlook,
  evaluation: Evaluation,
  runId: string,
): StartedRun {
  const { changes, now, project, snapshot } = deciding
  const { agent, task, capMicros, holdMicros, accounts, grant } = outlook
  const usedGrant = evaluation.usesGrant ? grant : null
  const leaseUntil = now + runLeaseMs(intervalOf(deciding, agent.id))
  const reservationId = reservationIdOf(runId)
  const run = changes.insert(
    'run',
    {
      projectId: project.id,
      agentId: agent.id,
      taskId: task?.id ?? null,
      taskEpoch: task?.epoch ?? null,
      sessionKey: request.sessionKey,
      model: request.model,
      reservationId,
      status: 'RUNNING',
      stopReason: null,
      startedAt: now,
      endedAt: null,
      leaseUntil,
      capMicros,
      ...NOTHING_USED,
      // A human who let it start knows that its cost is unknown; its reports then need not ask again.
      costStatus: usedGrant !== null && outlook.isUnpriced ? 'UNPRICED' : null,
      error: null,
      redactedFields: [],
    },
    runId,
  )
  changes.insert(
    'reservation',
    {
      projectId: project.id,
      runId,
      accountIds: accounts.map(({ id }) => id),
      amountMicros: holdMicros,
      settledMicros: 0,
      baseMicros: holdMicros,
      callHolds: [],
      callHoldsDueAt: null,
      status: 'HELD',
      expiresAt: leaseUntil,
    },
    reservationId,
  )
  relyOnCaps(snapshot, accounts)
  holdMoney(deciding, accounts, { kind: 'RESERVE', amountMicros: holdMicros, reservationId })
  const workload = snapshot.get('workload', agent.id)
  invariant(workload !== null, `an agent has its workload: ${agent.id}`)
  const openRuns = [...workload.openRuns, { runId, taskId: run.taskId, isStopped: false }]
  changes.update('workload', workload, { openRuns })
  if (usedGrant !== null) {
    consumeGrant(deciding, usedGrant, `run/${runId}`)
    recordStart(deciding, request, outlook, evaluation, { runId, approvalId: usedGrant.id })
  }
  announce(deciding, request, run, outlook, usedGrant?.id ?? null)
  return { run, remainingMicros: remainingOfRun(run, countsImputed(outlook.policy)) }
}

function announce(
  { changes }: DecidingInProject,
  request: RunRequest,
  run: Run,
  outlook: RunOutlook,
  approvalId: string | null,
): void {
  const about = { taskId: run.taskId, agentId: run.agentId, runId: run.id }
  changes.event('RUN_STARTED', {
    ...about,
    subject: `run/${run.id}`,
    summary: `${outlook.agent.name} started a run on ${run.model}`,
    data: {
      decision: 'ALLOW',
      approvalId,
      model: run.model,
      provider: request.provider,
      sessionKey: run.sessionKey,
      epoch: run.taskEpoch,
      estimatedCostMicros: request.estimatedCostMicros,
      capMicros: run.capMicros,
      leaseUntil: run.leaseUntil,
    },
  })
  changes.event('BUDGET_RESERVED', {
    ...about,
    subject: `reservation/${run.reservationId}`,
    summary: `Held ${usdFromMicros(outlook.holdMicros, 6)} USD`,
    data: {
      reservationId: run.reservationId,
      amountMicros: outlook.holdMicros,
      accountIds: outlook.accounts.map(({ id }) => id),
    },
    costMicros: outlook.holdMicros,
  })
}
