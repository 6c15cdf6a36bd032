import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Approval } from '../model/approval.ts'
import { type AccountKey, accountId, accountKey, type Budget } from '../model/ledger.ts'
import type { Scope } from '../ports/storage.ts'
import { amountText, isAgentDay } from '../rules/budget-units.ts'
import { windowKey } from '../rules/windows.ts'
import { resumeFromBudget } from './resume-from-budget.ts'
import { accountScope, accountsOf, standingBudget } from './run-accounts.ts'
import { agentScope } from './task-scope.ts'

/** The account that an override is about, and how much was asked for; null when the request is about something else. */
export function overrideOf(approval: Approval): { readonly key: AccountKey; readonly amountMicros: number } | null {
  const payload = approval.payload as { accountId?: unknown; amountMicros?: unknown } | null
  if (approval.actionType !== 'BUDGET_OVERRIDE' || typeof payload?.accountId !== 'string') return null
  const key = accountKey(payload.accountId)
  const amountMicros = payload.amountMicros
  if (key === null || key.projectId !== approval.projectId || typeof amountMicros !== 'number') return null
  return { key, amountMicros }
}

/** What extending a budget reads: the account, its standing budget, and the agent that waits for it. */
export function adjustBudgetScope(projectId: string, approvalId: string, seen: Snapshot | null): Scope {
  const approval = seen?.has('approval', approvalId) === true ? seen.peek('approval', approvalId) : null
  const override = approval === null ? null : overrideOf(approval)
  const request: Scope = { records: [{ kind: 'approval', id: approvalId }] }
  if (override === null || override.key.projectId !== projectId) return request
  return joinScopes(request, budgetChangeScope(override.key))
}

/** What changing the ceiling of one account reads: what stands on it, and the agent that may go on by it. */
export function budgetChangeScope(key: AccountKey): Scope {
  return joinScopes(accountScope([key]), key.scopeType === 'AGENT' ? agentScope(key.scopeId) : {})
}

/**
 * What an approved override does: its account may spend more in its window, by the amount asked for or less, and an
 * agent that was paused because that day was spent goes on if there is room now.
 */
export function adjustBudget(deciding: DecidingInProject, approval: Approval, amountMicros?: number): void {
  const { changes, now, project, snapshot } = deciding
  const override = overrideOf(approval)
  if (override === null) return
  const { key } = override
  const amount = Math.min(override.amountMicros, amountMicros ?? override.amountMicros)
  const entry = { windowKey: key.windowKey, amount, approvalId: approval.id }
  const budget = standingBudget(snapshot, key)
  if (budget?.adjustments.some(({ approvalId }) => approvalId === approval.id) === true) return
  if (budget === null) {
    changes.insert('budget', { ...scopeOf(key), projectId: project.id, cap: null, adjustments: [entry] })
  } else {
    changes.update('budget', budget, { adjustments: [...current(budget, key), entry] })
  }
  changes.event('BUDGET_ADJUSTED', {
    subject: `approval/${approval.id}`,
    summary: `Extended the ${key.scopeType} budget by ${amountText(key.metric, amount)}`,
    data: { accountId: accountId(key), amountMicros: amount, approvalId: approval.id },
    agentId: key.scopeType === 'AGENT' ? key.scopeId : approval.onBehalfOfAgentId,
    taskId: key.scopeType === 'TASK' ? key.scopeId : null,
  })
  const isCurrent = key.windowKey === windowKey(key.window, now, project.timeZone)
  const [account] = accountsOf(snapshot, [key], 0)
  if (!isAgentDay(key) || !isCurrent || account === undefined) return
  resumeFromBudget(deciding, key.scopeId, {
    capMicros: account.capMicros === null ? null : account.capMicros + amount,
    balance: account.balance,
    reason: 'its budget of the day was extended',
  })
}

/** Extensions of windows that are over no longer matter; what they were stands in the log. */
function current(budget: Budget, key: AccountKey): Budget['adjustments'] {
  return budget.adjustments.filter(({ windowKey: window }) => window >= key.windowKey)
}

/** What names a standing budget: an account without its window. */
export function scopeOf({ scopeType, scopeId, metric, window }: AccountKey) {
  return { scopeType, scopeId, metric, window }
}
