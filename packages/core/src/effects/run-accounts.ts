import { joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import {
  type AccountKey,
  accountId,
  accountKey,
  type Balance,
  type Budget,
  METRICS,
  type Reservation,
  WINDOWS,
} from '../model/ledger.ts'
import type { Ref, Scope } from '../ports/storage.ts'
import { effectiveCap } from '../rules/budget.ts'
import { isMetered } from '../rules/budget-units.ts'
import { runAccounts, windowKey } from '../rules/windows.ts'

const UNTOUCHED: Balance = { reserved: 0, settled: 0 }

/** An account that a run is held on, with the ceiling that applies to it and what stands on it. */
export interface RunAccount {
  readonly key: AccountKey
  readonly id: string
  /** Null: no ceiling. */
  readonly capMicros: number | null
  readonly balance: Balance
}

/** Most standing budgets of one scope: one for each metric and window. */
export const BUDGETS_OF_SCOPE_MAX = METRICS.length * WINDOWS.length

/** What judging accounts has to read: what stands on each, its standing budget, and who its default comes from. */
export function accountScope(keys: readonly AccountKey[]): Scope {
  const held = keys.filter((key) => key.scopeType !== 'RUN')
  return {
    accounts: keys.map(accountId),
    lookups: held.map((key) => ({ lookup: 'budgetsOfScope', values: ownerOf(key), limit: BUDGETS_OF_SCOPE_MAX })),
    records: held.flatMap((key): Ref[] => {
      if (key.scopeType === 'AGENT') return [{ kind: 'agent', id: key.scopeId }]
      if (key.scopeType === 'TASK') return [{ kind: 'task', id: key.scopeId }]
      return []
    }),
  }
}

function ownerOf(key: AccountKey): readonly string[] {
  return [key.projectId, key.scopeType, key.scopeId]
}

/** Whether everything that `accountsOf` reads has been read. */
export function hasAccounts(snapshot: Snapshot, keys: readonly AccountKey[]): boolean {
  const scope = accountScope(keys)
  return (
    keys.every((key) => key.scopeType === 'RUN' || snapshot.hasAccount(key)) &&
    (scope.lookups ?? []).every(({ lookup, values }) => snapshot.hasLookup(lookup, values)) &&
    (scope.records ?? []).every(({ kind, id }) => snapshot.has(kind, id))
  )
}

/**
 * The accounts with their ceilings. A ceiling is a hint until it is used as the limit of a hold: `relyOnCaps` then
 * makes the commit depend on it.
 */
export function accountsOf(snapshot: Snapshot, keys: readonly AccountKey[], runCapMicros: number): RunAccount[] {
  return keys.map((key) => ({
    key,
    id: accountId(key),
    capMicros: capOf(snapshot, key, runCapMicros),
    // The account of a run that is just being opened does not exist yet.
    balance: snapshot.hasAccount(key) ? snapshot.balance(key) : UNTOUCHED,
  }))
}

function capOf(snapshot: Snapshot, key: AccountKey, runCapMicros: number): number | null {
  if (key.scopeType === 'RUN') return key.metric === 'USD' ? runCapMicros : null
  return effectiveCap(defaultCap(snapshot, key), standingBudget(snapshot, key), key.windowKey)
}

/** The standing budget of an account, if one was set or extended. */
export function standingBudget(snapshot: Snapshot, key: AccountKey): Budget | null {
  const ofOwner = snapshot.find('budgetsOfScope', ...ownerOf(key))
  return ofOwner.find(({ metric, window }) => metric === key.metric && window === key.window) ?? null
}

/** The ceiling where none was set. An owner that is gone leaves nothing to spend. */
function defaultCap(snapshot: Snapshot, key: AccountKey): number | null {
  if (key.metric !== 'USD') return null
  if (key.scopeType === 'AGENT' && key.window === 'DAY') {
    return snapshot.peek('agent', key.scopeId)?.budgetDailyMicros ?? 0
  }
  if (key.scopeType === 'TASK' && key.window === 'LIFETIME') {
    return snapshot.peek('task', key.scopeId)?.budgetAllocatedMicros ?? 0
  }
  return null
}

/**
 * Makes the commit depend on the ceilings. Setting a budget writes the agent, task or project it is for, so their
 * versions prove the standing budgets too, also one that was not there. (The project is always relied upon.)
 */
export function relyOnCaps(snapshot: Snapshot, accounts: readonly RunAccount[]): void {
  for (const { key } of accounts) {
    if (key.scopeType === 'AGENT') snapshot.get('agent', key.scopeId)
    if (key.scopeType === 'TASK') snapshot.get('task', key.scopeId)
  }
}

/** The accounts a reservation is held on: the windows of its start, whatever day it is now. */
export function keysOf(reservation: Reservation): AccountKey[] {
  return reservation.accountIds.map(accountKey).filter((key) => key !== null)
}

/** Whether something but money and runs is counted of its run. */
export function hasMetered(reservation: Reservation): boolean {
  return keysOf(reservation).some(({ metric }) => isMetered(metric))
}

interface Start {
  readonly projectId: string
  readonly agentId: string
  readonly taskId: string | null
}

/**
 * The accounts of a run that starts at the moment of the snapshot, as far as what has been read tells: those that
 * every run has, and those of other metrics and windows that somebody has capped. The spend of a sub-agent also counts
 * on the agents above it, on the parent of its task, and on the task that it was spawned for.
 */
export function startKeys(snapshot: Snapshot, { projectId, agentId, taskId }: Start, runId: string): AccountKey[] {
  const project = snapshot.has('project', projectId) ? snapshot.peek('project', projectId) : null
  if (project === null) return []
  const own = runAccounts({ projectId, agentId, taskId, runId, at: snapshot.now, timeZone: project.timeZone })
  const above = agentsAbove(snapshot, agentId)
  const task = taskId !== null && snapshot.has('task', taskId) ? snapshot.peek('task', taskId) : null
  const inherited = own.flatMap((key): AccountKey[] => {
    if (above.length === 0) return [key]
    if (key.scopeType === 'TASK' && task?.parentTaskId != null) return [key, { ...key, scopeId: task.parentTaskId }]
    if (key.scopeType === 'AGENT') return [key, ...above.map((scopeId) => ({ ...key, scopeId }))]
    return [key]
  })
  return withCapped(snapshot, [...inherited, ...parentTaskKeys(snapshot, inherited, agentId)], project.timeZone)
}

/** The account of the task that a sub-agent was spawned for, unless its run counts there already. */
function parentTaskKeys(snapshot: Snapshot, keys: readonly AccountKey[], agentId: string): AccountKey[] {
  const scopeId = snapshot.has('agent', agentId) ? (snapshot.peek('agent', agentId)?.parentTaskId ?? null) : null
  const [first] = keys
  if (scopeId === null || first === undefined) return []
  if (keys.some((key) => key.scopeType === 'TASK' && key.scopeId === scopeId)) return []
  const { projectId } = first
  return [{ projectId, scopeType: 'TASK', scopeId, metric: 'USD', window: 'LIFETIME', windowKey: '' }]
}

/**
 * Adds the accounts that somebody has capped beyond those that are always there, each with its owner. Where tokens or
 * time are counted, the run has an account for them too, so that what was booked for it is known.
 */
export function withCapped(snapshot: Snapshot, keys: readonly AccountKey[], timeZone: string): AccountKey[] {
  const capped = (key: AccountKey): AccountKey[] =>
    key.scopeType === 'RUN' || !snapshot.hasLookup('budgetsOfScope', ownerOf(key))
      ? []
      : snapshot
          .find('budgetsOfScope', ...ownerOf(key))
          .filter(({ cap }) => cap !== null)
          .map(({ metric, window }) => ({
            ...key,
            metric,
            window,
            windowKey: windowKey(window, snapshot.now, timeZone),
          }))
          .filter((other) => !keys.some((known) => accountId(known) === accountId(other)))
  const all = keys.flatMap((key) => [key, ...capped(key)])
  const run = keys.find(({ scopeType }) => scopeType === 'RUN')
  const metered = METRICS.filter((metric) => isMetered(metric) && all.some((key) => key.metric === metric))
  const ofRun = run === undefined ? [] : metered.map((metric): AccountKey => ({ ...run, metric }))
  return [...all.slice(0, 1), ...ofRun, ...all.slice(1)]
}

/** What a start reads about money. Follows the spawn line upward, one agent per look. */
export function startAccountScope(start: Start, seen: Snapshot | null): Scope {
  if (seen === null) return {}
  const keys = startKeys(seen, start, '').filter((key) => key.scopeType !== 'RUN')
  return joinScopes(accountScope(keys), {
    records: agentsAbove(seen, start.agentId).map((id) => ({ kind: 'agent', id })),
  })
}

/** The agents whose sub-agent this one is, the nearest first; the last one named may be unread. */
export function agentsAbove(snapshot: Snapshot, agentId: string): string[] {
  const above: string[] = []
  let current = snapshot.has('agent', agentId) ? (snapshot.peek('agent', agentId)?.parentAgentId ?? null) : null
  while (current !== null && current !== agentId && !above.includes(current)) {
    above.push(current)
    current = snapshot.has('agent', current) ? (snapshot.peek('agent', current)?.parentAgentId ?? null) : null
  }
  return above
}
