import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { invariant } from '../errors.ts'
import type { Agent } from '../model/agent.ts'
import { usdFromMicros } from '../model/money.ts'
import { NOTHING_USED, type Run } from '../model/run.ts'
import type { Task } from '../model/task.ts'
import type { UsageLineInput } from '../model/usage.ts'
import type { Scope } from '../ports/storage.ts'
import { costOfUsage } from '../rules/pricing.ts'
import { RECENT_RUNS_MAX, reservationIdOf } from '../rules/run.ts'
import { budgetAlertScope, raiseBudgetAlerts } from './budget-alerts.ts'
import { accountsWithoutRoom, exceedBudget, exceedScope } from './exceed-budget.ts'
import { type AccountMove, bookMoves, moneyMoves } from './move-money.ts'
import type { PricedLine } from './price-lines.ts'
import { recordUsage } from './record-usage.ts'
import { accountsOf, hasAccounts, type RunAccount, startAccountScope, startKeys } from './run-accounts.ts'
import { agentScope } from './task-scope.ts'

/** A charge for work of which no run told anything. */
export function manualLine(costMicros: number): PricedLine {
  const given: UsageLineInput = {
    callId: 'tasks.complete',
    label: 'cost told with the deliverable',
    costMicros,
    billing: 'METERED',
    isEstimated: false,
  }
  return { given, model: null, cost: costOfUsage(given, null) }
}

interface Charge {
  readonly projectId: string
  readonly agentId: string
  readonly taskId: string
}

/** What charging a task without a run reads. */
export function chargeScope(charge: Charge, costMicros: number, seen: Snapshot): Scope {
  const base = joinScopes(agentScope(charge.agentId), startAccountScope(charge, seen))
  const agent = seen.has('agent', charge.agentId) ? seen.peek('agent', charge.agentId) : null
  const keys = startKeys(seen, charge, '')
  if (agent === null || keys.length === 0 || !hasAccounts(seen, keys)) return base
  const accounts = held(accountsOf(seen, keys, agent.budgetPerRunMicros))
  const isSpent = accountsWithoutRoom(accounts, costMicros).length > 0
  return joinScopes(
    base,
    budgetAlertScope(chargeMoves(accounts, costMicros)),
    isSpent ? exceedScope(charge.projectId, accounts, null, seen) : {},
  )
}

/** The accounts that others share. The one of this run is as large as its cost: nobody held anything for it. */
function held(accounts: readonly RunAccount[]): RunAccount[] {
  return accounts.filter(({ key }) => key.scopeType !== 'RUN')
}

/** Money that was spent, by one run more. */
function chargeMoves(accounts: readonly RunAccount[], costMicros: number): AccountMove[] {
  return [
    ...moneyMoves(accounts, { reserved: 0, settled: costMicros }),
    ...accounts.filter(({ key }) => key.metric === 'RUNS').map((account) => ({ account, reserved: 0, settled: 1 })),
  ]
}

/**
 * Opens and settles a run for a cost that was incurred without one. It is booked even past a cap; what follows from
 * that falls on the agent, and the task goes on.
 */
export function chargeTask(deciding: DecidingInProject, task: Task, agent: Agent, costMicros: number): Run {
  const { changes, now, project, snapshot } = deciding
  const runId = deciding.nextId('run')
  const reservationId = reservationIdOf(runId)
  const keys = startKeys(snapshot, { projectId: project.id, agentId: agent.id, taskId: task.id }, runId)
  const accounts = accountsOf(snapshot, keys, costMicros)
  const run = changes.insert('run', runFields(deciding, task, agent, costMicros, reservationId), runId)
  changes.insert(
    'reservation',
    {
      projectId: project.id,
      runId,
      accountIds: accounts.map(({ id }) => id),
      amountMicros: 0,
      settledMicros: costMicros,
      baseMicros: 0,
      callHolds: [],
      callHoldsDueAt: null,
      status: 'SETTLED',
      expiresAt: now,
    },
    reservationId,
  )
  const charged = recordUsage(deciding, run, [manualLine(costMicros)])
  const moves = chargeMoves(accounts, costMicros)
  bookMoves(deciding, moves, { kind: 'SETTLE', reservationId })
  const workload = snapshot.get('workload', agent.id)
  invariant(workload !== null, `an agent has its workload: ${agent.id}`)
  const { recentRuns } = changes.current('workload', workload)
  changes.update('workload', workload, { recentRuns: [...recentRuns, { runId, costMicros }].slice(-RECENT_RUNS_MAX) })
  const about = { agentId: agent.id, taskId: task.id, runId }
  changes.event('RUN_COMPLETED', {
    ...about,
    subject: `run/${runId}`,
    summary: `A cost of ${usdFromMicros(costMicros, 6)} USD was told without a run`,
    data: { status: 'COMPLETED', lines: 1, costStatus: charged.costStatus, settledMicros: costMicros },
    costMicros,
  })
  raiseBudgetAlerts(deciding, moves, about)
  const short = accountsWithoutRoom(held(accounts), costMicros)
  if (short.length > 0) {
    exceedBudget(deciding, { agent, task: null, runId, accounts: short, neededMicros: costMicros, isSpent: true })
  }
  return charged
}

function runFields(deciding: DecidingInProject, task: Task, agent: Agent, costMicros: number, reservationId: string) {
  const { now, project } = deciding
  return {
    projectId: project.id,
    agentId: agent.id,
    taskId: task.id,
    taskEpoch: task.epoch,
    sessionKey: 'tasks.complete',
    model: agent.model?.primary ?? 'not named',
    reservationId,
    status: 'COMPLETED' as const,
    stopReason: null,
    startedAt: now,
    endedAt: now,
    leaseUntil: now,
    capMicros: costMicros,
    ...NOTHING_USED,
    costStatus: null,
    error: null,
    redactedFields: [],
  }
}
