import { joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Agent } from '../model/agent.ts'
import { SYSTEM_ID } from '../model/ids.ts'
import type { Reservation } from '../model/ledger.ts'
import { type OperatorMode, strictestMode } from '../model/project.ts'
import type { Run } from '../model/run.ts'
import type { Scope } from '../ports/storage.ts'
import type { CompiledPolicy } from '../rules/policy/compile.ts'
import { countedMicros } from '../rules/pricing.ts'
import { isFinal } from '../rules/run.ts'
import { budgetAlertScope } from './budget-alerts.ts'
import { accountsWithoutRoom, exceedScope } from './exceed-budget.ts'
import { finishScope } from './finish-runs.ts'
import { lateMoves, meteredMoves, spentByMoves } from './metered-use.ts'
import { moneyMoves } from './move-money.ts'
import { type AddedUse, addedUse, countsImputed, newLines, type PricedLine, policyOfRun } from './price-lines.ts'
import { unpricedScope } from './record-usage.ts'
import { claimOfRunScope } from './renew-claim.ts'
import { hasMetered, type RunAccount } from './run-accounts.ts'
import { type RunQuestion, runAccountsSeen, runMoneyScope, runScope, seenReservation, seenRun } from './run-scope.ts'

/** What a report means for its run, before anything is decided. */
export interface ReportOutlook {
  readonly run: Run
  readonly reservation: Reservation
  readonly policy: CompiledPolicy | null
  /** The lines that were not counted before. */
  readonly lines: readonly PricedLine[]
  /** What they add to what budgets count. */
  readonly added: AddedUse
  /** What the run has used above its hold; never negative. */
  readonly aboveHoldMicros: number
  /** Whether a line without a price ends it. */
  readonly stopsForPrice: boolean
}

/** What a report means, or null while the run, its hold, its policies or its earlier lines have not been read. */
export function reportOutlook(snapshot: Snapshot, question: RunQuestion): ReportOutlook | null {
  const run = seenRun(question, snapshot)
  if (run === null) return null
  const reservation = seenReservation(run, snapshot)
  const hasPolicies = [null, run.projectId].every((owner) => snapshot.hasLookup('activePolicies', [owner]))
  const hasLines = question.lines.every(({ callId }) => snapshot.hasLookup('usageLineByCall', [run.id, callId]))
  if (reservation === null || !hasPolicies || !hasLines) return null
  const policy = policyOfRun(snapshot, run)
  const lines = newLines(snapshot, policy, run, question.lines)
  const added = addedUse(lines, policy)
  const used = countedMicros(run, countsImputed(policy)) + added.micros
  return {
    run,
    reservation,
    policy,
    lines,
    added,
    aboveHoldMicros: Math.max(0, used - reservation.amountMicros - reservation.settledMicros),
    stopsForPrice: lines.some((line) => stopsForPrice(line, run, policy)),
  }
}

/**
 * Whether a line whose cost is not known must stop its run. Not where the policy counts tokens only, and not where a
 * human let the run start on exactly this model.
 */
function stopsForPrice({ cost, model }: PricedLine, run: Run, policy: CompiledPolicy | null): boolean {
  if (cost.costStatus !== 'UNPRICED') return false
  const onUnpriced = policy?.rules.onUnpriced ?? 'DENY'
  if (onUnpriced === 'ALLOW') return false
  const isAccepted = onUnpriced === 'ASK' && run.costStatus === 'UNPRICED' && model === run.model
  return !isAccepted
}

/** Whether the hold of a run may grow: only for an agent that is free to work. Others go on within what they hold. */
export function mayExtend(agent: Agent | null, mode: OperatorMode): boolean {
  return agent?.status === 'ACTIVE' && (mode === 'NORMAL' || mode === 'DRAINING')
}

/** The accounts of money other than the run's own that lack the room for what was used above the hold. */
export function withoutRoom(accounts: readonly RunAccount[], neededMicros: number): RunAccount[] {
  return accountsWithoutRoom(
    accounts.filter(({ key }) => key.scopeType !== 'RUN' && key.metric === 'USD'),
    neededMicros,
  )
}

/**
 * What a report reads. Within its hold, a report needs the run, the hold and the lines: one look. The accounts are
 * read when money moves, what a spent budget entails only when one is.
 */
export function reportScope(question: RunQuestion, seen: Snapshot | null): Scope {
  const base = runScope(question, seen)
  const outlook = seen === null ? null : reportOutlook(seen, question)
  if (seen === null || outlook === null) return base
  const { run, lines, added, aboveHoldMicros, reservation } = outlook
  const scope = joinScopes(base, unpricedScope(run, lines))
  if (isFinal(run)) {
    const late = lateMoves(run, runAccountsSeen(run, seen) ?? [], added)
    return joinScopes(scope, runMoneyScope(run, seen), budgetAlertScope(late))
  }
  if (run.stopReason !== null) return joinScopes(scope, finishScope(run, added, seen))
  const withClaim = joinScopes(scope, claimOfRunScope(run, seen))
  if (aboveHoldMicros === 0 && !hasMetered(reservation) && reservation.callHolds.length === 0) return withClaim
  return joinScopes(withClaim, runMoneyScope(run, seen), excessScope(outlook, seen))
}

function excessScope(outlook: ReportOutlook, seen: Snapshot): Scope {
  const { run, aboveHoldMicros, reservation, added } = outlook
  const accounts = runAccountsSeen(run, seen)
  if (accounts === null) return {}
  const metered = meteredMoves(run, accounts, { addedTokens: added.tokens, untilAt: seen.now })
  const short = aboveHoldMicros === 0 ? [] : withoutRoom(accounts, aboveHoldMicros)
  const isWithinCap = run.capMicros >= reservation.amountMicros + aboveHoldMicros
  const isFree = mayExtend(seen.peek('agent', run.agentId), seenMode(seen, run.projectId))
  const isHeld = aboveHoldMicros === 0 || (isWithinCap && short.length === 0 && isFree)
  const money = isHeld ? [] : moneyMoves(accounts, { reserved: 0, settled: aboveHoldMicros })
  const isSpent = short.length > 0 || spentByMoves(metered).length > 0
  return joinScopes(
    budgetAlertScope([...money, ...metered]),
    isSpent ? exceedScope(run.projectId, accounts, run.taskId, seen) : {},
  )
}

function seenMode(seen: Snapshot, projectId: string): OperatorMode {
  const modes = [seen.peek('system', SYSTEM_ID)?.operatorMode, seen.peek('project', projectId)?.operatorMode]
  return strictestMode(modes.filter((mode) => mode !== undefined))
}
