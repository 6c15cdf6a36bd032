import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import { type AccountKey, accountKey } from '../model/ledger.ts'
import type { Alert, AlertType } from '../model/notification.ts'
import type { Scope } from '../ports/storage.ts'
import { budgetLevel, overrun } from '../rules/budget.ts'
import { amountText, isAgentDay } from '../rules/budget-units.ts'
import type { AccountMove } from './move-money.ts'
import { type AlertFacts, alertScope, raiseAlert } from './raise-alert.ts'
import type { RunAccount } from './run-accounts.ts'

type BudgetAlert = Extract<AlertType, 'BUDGET_WARNING' | 'BUDGET_CRITICAL' | 'BUDGET_EXCEEDED' | 'BUDGET_OVERRUN'>

/** The alerts that are about an account, and end with its window. */
export const BUDGET_ALERTS: readonly AlertType[] = [
  'BUDGET_WARNING',
  'BUDGET_CRITICAL',
  'BUDGET_EXCEEDED',
  'BUDGET_OVERRUN',
  'COST_OVER_BUDGET',
]

interface DueAlert {
  readonly type: BudgetAlert
  readonly account: RunAccount
  readonly settled: number
}

/** An account has one alert of each type: its window is part of its name, so the next day has its own. */
export function budgetAlertKey(type: BudgetAlert, accountId: string): string {
  return `${type}:${accountId}`
}

/** The alert that a project costs more on a day than its budget. */
export function costAlertKey(accountId: string): string {
  return `COST_OVER_BUDGET:${accountId}`
}

/** The account that an alert about a budget is about; null for any other alert. */
export function accountOfAlert({ type, dedupeKey }: Pick<Alert, 'type' | 'dedupeKey'>): AccountKey | null {
  return BUDGET_ALERTS.includes(type) && dedupeKey.startsWith(`${type}:`)
    ? accountKey(dedupeKey.slice(type.length + 1))
    : null
}

/** One move per account, however many runs a decision settles. */
function merged(moves: readonly AccountMove[]): AccountMove[] {
  const byAccount = new Map<string, AccountMove>()
  for (const move of moves) {
    const known = byAccount.get(move.account.id)
    byAccount.set(move.account.id, {
      account: move.account,
      reserved: (known?.reserved ?? 0) + move.reserved,
      settled: (known?.settled ?? 0) + move.settled,
    })
  }
  return [...byAccount.values()]
}

/**
 * What these moves make worth telling: the share of an agent's day that is settled, and any account that ends up
 * above its cap.
 */
function dueAlerts(moves: readonly AccountMove[]): DueAlert[] {
  return merged(moves).flatMap(({ account, reserved, settled }) => {
    const { balance, capMicros, key } = account
    const after = { reserved: balance.reserved + reserved, settled: balance.settled + settled }
    const due: BudgetAlert[] = []
    if (isAgentDay(key)) {
      const level = budgetLevel(capMicros, after.settled)
      if (level === 'WARN') due.push('BUDGET_WARNING')
      if (level === 'CRITICAL' || level === 'EXCEEDED') due.push('BUDGET_CRITICAL')
    }
    if (settled > 0 && overrun(capMicros, after) > 0) due.push('BUDGET_OVERRUN')
    return due.map((type) => ({ type, account, settled: after.settled }))
  })
}

/** What raising the alerts of these moves has to read: nothing, unless one of them is due. */
export function budgetAlertScope(moves: readonly AccountMove[]): Scope {
  if (dueAlerts(moves).length === 0) return {}
  // All of these accounts at once, so that another one that becomes due meanwhile costs no further look.
  return joinScopes(
    ...merged(moves).flatMap(({ account: { id, key } }) => {
      const types: BudgetAlert[] = isAgentDay(key)
        ? ['BUDGET_WARNING', 'BUDGET_CRITICAL', 'BUDGET_OVERRUN']
        : ['BUDGET_OVERRUN']
      return types.map((type) => alertScope(key.projectId, budgetAlertKey(type, id)))
    }),
  )
}

/** Raises what these moves make due. A threshold is told once per account; an overrun counts each time. */
export function raiseBudgetAlerts(
  deciding: DecidingInProject,
  moves: readonly AccountMove[],
  of: Pick<AlertFacts, 'agentId' | 'taskId' | 'runId'>,
): void {
  for (const { type, account, settled } of dueAlerts(moves)) {
    const dedupeKey = budgetAlertKey(type, account.id)
    const isThreshold = type !== 'BUDGET_OVERRUN'
    if (isThreshold && deciding.snapshot.find('alertsByKey', deciding.project.id, dedupeKey).length > 0) continue
    raiseAlert(deciding, {
      type,
      severity: type === 'BUDGET_WARNING' ? 'WARNING' : 'ERROR',
      dedupeKey,
      title: `${account.key.scopeType} budget: ${TITLES[type]}`,
      description: `${amountText(account.key.metric, settled)} of ${amountText(account.key.metric, account.capMicros ?? 0)} are spent on ${account.id}.`,
      ...of,
    })
  }
}

const TITLES: Readonly<Record<BudgetAlert, string>> = {
  BUDGET_WARNING: '80 % spent',
  BUDGET_CRITICAL: '95 % spent',
  BUDGET_EXCEEDED: 'no room left',
  BUDGET_OVERRUN: 'more spent than its cap',
}
