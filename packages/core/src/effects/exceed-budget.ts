import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Agent } from '../model/agent.ts'
import type { Approval } from '../model/approval.ts'
import type { AccountKey } from '../model/ledger.ts'
import { usdFromMicros } from '../model/money.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Task, TaskStatus } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { hasExpired } from '../rules/approval.ts'
import { hasRoom, overrideMicros } from '../rules/budget.ts'
import { amountText, isAgentDay, isMetered, neededOn } from '../rules/budget-units.ts'
import { overridePayload } from '../rules/payload-hash.ts'
import { budgetAlertKey } from './budget-alerts.ts'
import { notifyAgent } from './notify.ts'
import { expireInPassing, openApproval, parkTask } from './open-approval.ts'
import { alertScope, raiseAlert } from './raise-alert.ts'
import type { RunAccount } from './run-accounts.ts'
import { setAgentStatus } from './set-agent-status.ts'
import { ancestryScope, taskScope } from './task-scope.ts'

/** A task that goes on waiting, or starts to. Ended, blocked and unstarted ones are never touched. */
const PARKED_FROM: readonly TaskStatus[] = ['ASSIGNED', 'IN_PROGRESS', 'REVIEW', 'NEEDS_APPROVAL']

/** The accounts that lack the room for a hold of so much money, in the order overrides are asked for. */
export function accountsWithoutRoom(accounts: readonly RunAccount[], neededMicros: number): RunAccount[] {
  return accounts.filter(
    ({ key, capMicros, balance }) => !hasRoom(capMicros, balance, neededOn(key.metric, neededMicros)),
  )
}

/** What the effects of a spent budget read. All accounts are asked for, so that one more of them costs no further look. */
export function exceedScope(
  projectId: string,
  accounts: readonly RunAccount[],
  taskId: string | null,
  seen: Snapshot | null,
): Scope {
  return joinScopes(
    ...accounts.map(({ id }) => alertScope(projectId, budgetAlertKey('BUDGET_EXCEEDED', id))),
    { lookups: accounts.map(({ id }) => ({ lookup: 'pendingOverrideOfAccount', values: [projectId, id], limit: 1 })) },
    taskId === null ? {} : taskScope(projectId, taskId, seen),
    // Who may decide on the override, and is told.
    ancestryScope(projectId),
  )
}

export interface Excess {
  readonly agent: Agent
  /** Null when the work it is about is not to wait for the decision. */
  readonly task: Task | null
  readonly runId: string | null
  /** At least one; in order RUN, TASK, AGENT, PROJECT. */
  readonly accounts: readonly RunAccount[]
  readonly neededMicros: number
  /** The amount is spent already, so room takes more than the amount; metered accounts then stand as they are after it. */
  readonly isSpent?: true
}

/**
 * All that follows when an account has no room: a human is asked to extend each such account, the task waits for all
 * of them, the agent is paused if its own day is spent, and people are told. Gives the refusal that names it all.
 */
export function exceedBudget(deciding: DecidingInProject, excess: Excess): Refusal {
  const { agent, task } = excess
  const pending = excess.accounts.map((account) => pendingOverride(deciding, account))
  const approvals = excess.accounts.map((account, index) =>
    askForOverride(deciding, excess, account, pending[index] ?? null),
  )
  if (task !== null) {
    for (const approval of approvals) {
      if (PARKED_FROM.includes(deciding.changes.current('task', task).status)) parkTask(deciding, task, approval)
    }
  }
  const isDaySpent = excess.accounts.some(({ key }) => isOwnDay(key, agent))
  // Any other status is stricter, and must not be lifted by the next window.
  if (isDaySpent && deciding.changes.current('agent', agent).status === 'ACTIVE') {
    setAgentStatus(deciding, agent, { status: 'PAUSED', pausedBy: 'BUDGET', reason: 'its budget of the day is spent' })
  }
  const approvalIds = approvals.map((approval) => approval.id)
  recordExcess(deciding, excess, approvalIds)
  tellPeople(deciding, excess, approvals)
  const names = excess.accounts.map(({ id }) => id).join(', ')
  return refusal('BUDGET_EXCEEDED', `no room for ${needOf(excess)} on ${names}`, {
    errors: excess.accounts.map((account) => ({ field: account.id, message: standing(account) })),
    approvalIds,
  })
}

function standing({ key, capMicros, balance }: RunAccount): string {
  const text = (amount: number) => amountText(key.metric, amount)
  return `${text(balance.settled)} spent and ${text(balance.reserved)} held of ${text(capMicros ?? 0)}`
}

/** What was asked for, on each kind of account that has no room for it. */
function needOf({ accounts, neededMicros }: Excess): string {
  const metrics = [...new Set(accounts.map(({ key }) => key.metric))]
  return metrics.map((metric) => amountText(metric, neededOn(metric, neededMicros))).join(' and ')
}

/** The open request for that account. One whose time is over makes room for the next, though nobody has swept it yet. */
function pendingOverride(deciding: DecidingInProject, account: RunAccount): Approval | null {
  const { snapshot, project, now } = deciding
  const pending = snapshot.find('pendingOverrideOfAccount', project.id, account.id)[0] ?? null
  if (pending === null || !hasExpired(pending, now)) return pending
  expireInPassing(deciding, pending)
  return null
}

/** One pending request per account, however many runs cross it. */
function askForOverride(
  deciding: DecidingInProject,
  excess: Excess,
  account: RunAccount,
  pending: Approval | null,
): Approval {
  if (pending !== null) {
    deciding.snapshot.rely('approval', pending)
    return pending
  }
  const { metric } = account.key
  const needed = neededOn(metric, excess.neededMicros)
  // Of what is metered the use is booked already, so any room above it lets the work go on.
  const isAdded = excess.isSpent === true && !isMetered(metric)
  const amountMicros = overrideMicros(account.capMicros ?? 0, account.balance, needed + (isAdded ? 1 : 0))
  return openApproval(deciding, {
    actionType: 'BUDGET_OVERRIDE',
    riskLevel: 'YELLOW',
    actionSummary: `Extend the ${account.key.scopeType} budget by ${amountText(metric, amountMicros)} (${account.id})`,
    justification: `${excess.agent.name} needs ${amountText(metric, needed)} more: ${standing(account)}.`,
    payload: overridePayload({ accountId: account.id, amountMicros }),
    agentId: excess.agent.id,
    estimatedCostMicros: metric === 'USD' ? amountMicros : null,
    bySystem: true,
  })
}

function recordExcess(deciding: DecidingInProject, excess: Excess, approvalIds: readonly string[]): void {
  deciding.changes.event('BUDGET_EXCEEDED', {
    subject: excess.runId === null ? `agent/${excess.agent.id}` : `run/${excess.runId}`,
    summary: `No room for ${needOf(excess)}: ${scopesOf(excess)}`,
    data: {
      neededMicros: excess.neededMicros,
      approvalIds,
      accounts: excess.accounts.map(({ id, capMicros, balance }) => ({ accountId: id, capMicros, ...balance })),
    },
    taskId: excess.task?.id ?? null,
    agentId: excess.agent.id,
    runId: excess.runId,
  })
}

function isOwnDay(key: AccountKey, agent: Agent): boolean {
  return isAgentDay(key) && key.scopeId === agent.id
}

function scopesOf(excess: Excess): string {
  return excess.accounts.map(({ key }) => key.scopeType).join(', ')
}

function tellPeople(deciding: DecidingInProject, excess: Excess, approvals: readonly Approval[]): void {
  const { agent, task, runId } = excess
  // The day that pauses the agent names the alert: by it the next day knows whether it was spent.
  const about = excess.accounts.find(({ key }) => isOwnDay(key, agent)) ?? excess.accounts[0]
  if (about === undefined) return
  const refs = { agentId: agent.id, taskId: task?.id ?? null, runId }
  const title = `Budget spent: ${agent.name} (${scopesOf(excess)})`
  const body = [
    ...excess.accounts.map((account) => `${account.id}: ${standing(account)}.`),
    `Last runs: ${recentCosts(deciding, agent)}.`,
    `Next step: decide ${approvals.map(({ id }) => id).join(', ')}, raise the cap, or wait for the next window.`,
  ].join('\n')
  raiseAlert(deciding, {
    type: 'BUDGET_EXCEEDED',
    severity: 'ERROR',
    dedupeKey: budgetAlertKey('BUDGET_EXCEEDED', about.id),
    title,
    description: body,
    approvalId: approvals[0]?.id ?? null,
    ...refs,
  })
  notifyAgent(deciding, { type: 'ALERT', title, body, agentId: agent.id, taskId: refs.taskId, runId })
}

function recentCosts(deciding: DecidingInProject, agent: Agent): string {
  const workload = deciding.snapshot.has('workload', agent.id) ? deciding.snapshot.peek('workload', agent.id) : null
  const costs = (workload?.recentRuns ?? []).map(
    ({ runId, costMicros }) => `${runId} ${usdFromMicros(costMicros, 6)} USD`,
  )
  return costs.length === 0 ? 'none finished yet' : costs.join(', ')
}
