import { joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Agent } from '../model/agent.ts'
import type { AccountKey, Reservation } from '../model/ledger.ts'
import type { Run } from '../model/run.ts'
import type { BudgetView } from '../model/tool-call.ts'
import type { Scope } from '../ports/storage.ts'
import { isAgentDay } from '../rules/budget-units.ts'
import type { CompiledPolicy } from '../rules/policy/compile.ts'
import { countedMicros } from '../rules/pricing.ts'
import { runAccounts } from '../rules/windows.ts'
import { countsImputed } from './price-lines.ts'
import { accountScope, accountsOf, hasAccounts, keysOf, type RunAccount, withCapped } from './run-accounts.ts'
import { budgetView } from './run-decision.ts'

/** What a call would cost, and where that would have to fit. */
export interface CallMoney {
  /** The accounts that the cost counts on; none when nothing was estimated. */
  readonly accounts: readonly RunAccount[]
  /** What the hold of the run does not cover yet. */
  readonly neededMicros: number
  readonly view: BudgetView
}

interface CallCost {
  readonly projectId: string
  readonly agentId: string
  readonly taskId: string | null
  readonly run: Run | null
  readonly estimatedCostMicros: number | null
}

/** The accounts of a call outside of any run: those a run would have, without one of its own. */
function standingKeys(
  snapshot: Snapshot,
  { projectId, agentId, taskId }: Omit<CallCost, 'run' | 'estimatedCostMicros'>,
): AccountKey[] {
  const project = snapshot.has('project', projectId) ? snapshot.peek('project', projectId) : null
  if (project === null) return []
  const keys = runAccounts({ projectId, agentId, taskId, runId: '', at: snapshot.now, timeZone: project.timeZone })
  return withCapped(snapshot, keys, project.timeZone).filter(
    ({ scopeType, metric }) => scopeType !== 'RUN' && metric === 'USD',
  )
}

function reservationOf(snapshot: Snapshot, run: Run) {
  return snapshot.has('reservation', run.reservationId) ? snapshot.peek('reservation', run.reservationId) : null
}

/** What a run holds, without what is set aside for its model calls. */
function freeMicros(reservation: Reservation): number {
  return reservation.callHolds.reduce((left, { amountMicros }) => left - amountMicros, reservation.amountMicros)
}

/** What telling the money of a call reads: the agent's day, and, for a call with an estimate, every account it counts on. */
export function callMoneyScope(cost: CallCost, seen: Snapshot): Scope {
  const standing = standingKeys(seen, cost)
  const day = accountScope(standing.filter(isAgentDay))
  if ((cost.estimatedCostMicros ?? 0) === 0) return day
  if (cost.run === null) return joinScopes(day, accountScope(standing))
  const reservation = reservationOf(seen, cost.run)
  const hold: Scope = { records: [{ kind: 'reservation', id: cost.run.reservationId }] }
  return joinScopes(day, hold, reservation === null ? {} : accountScope(keysOf(reservation)))
}

/**
 * The money of a call, or null while it has not all been read. What a run holds and has not used is there for its
 * calls; only the rest needs room.
 */
export function callMoney(
  snapshot: Snapshot,
  cost: CallCost,
  agent: Agent,
  policy: CompiledPolicy | null,
): CallMoney | null {
  const { run } = cost
  const estimateMicros = cost.estimatedCostMicros ?? 0
  const perRunMicros = run?.capMicros ?? agent.budgetPerRunMicros
  const standing = standingKeys(snapshot, cost)
  const day = standing.filter(isAgentDay)
  if (day.length === 0 || !hasAccounts(snapshot, day)) return null
  const view = budgetView(accountsOf(snapshot, day, perRunMicros), agent)
  if (estimateMicros === 0) return { accounts: [], neededMicros: 0, view }
  const reservation = run === null ? null : reservationOf(snapshot, run)
  if (run !== null && reservation === null) return null
  const keys = reservation === null ? standing : keysOf(reservation)
  if (!hasAccounts(snapshot, keys) || !keys.every((key) => snapshot.hasAccount(key))) return null
  const unusedMicros =
    run === null || reservation === null
      ? 0
      : Math.max(0, freeMicros(reservation) - countedMicros(run, countsImputed(policy)))
  return {
    // What a call costs is money; runs, tokens and time are counted where runs start and report.
    accounts: accountsOf(snapshot, keys, perRunMicros).filter(({ key }) => key.metric === 'USD'),
    neededMicros: Math.max(0, estimateMicros - unusedMicros),
    view,
  }
}
