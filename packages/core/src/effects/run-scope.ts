import { joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Reservation } from '../model/ledger.ts'
import type { Run } from '../model/run.ts'
import type { UsageLineInput } from '../model/usage.ts'
import type { Scope } from '../ports/storage.ts'
import { reservationIdOf } from '../rules/run.ts'
import { policyScope } from './policy-in-force.ts'
import { usageScope } from './price-lines.ts'
import { accountScope, accountsOf, hasAccounts, keysOf, type RunAccount } from './run-accounts.ts'
import { agentScope } from './task-scope.ts'

export interface RunQuestion {
  readonly projectId: string
  readonly runId: string
  readonly lines: readonly UsageLineInput[]
  /** The agent that calls: its rows are known to be needed before the run has been seen. */
  readonly callerAgentId: string | null
}

/** A run of this project with its reservation, as far as they have been read. */
export function seenRun(of: Pick<RunQuestion, 'projectId' | 'runId'>, seen: Snapshot | null): Run | null {
  const run = seen?.has('run', of.runId) === true ? seen.peek('run', of.runId) : null
  return run?.projectId === of.projectId ? run : null
}

export function seenReservation(run: Run, seen: Snapshot): Reservation | null {
  return seen.has('reservation', run.reservationId) ? seen.peek('reservation', run.reservationId) : null
}

/**
 * What every command on a run reads: the run, its hold, which of the lines are new, who works on it and the policy
 * that prices it. An agent's report on its own run names all of it in one look.
 */
export function runScope(of: RunQuestion, seen: Snapshot | null): Scope {
  const base = joinScopes(
    {
      records: [
        { kind: 'run', id: of.runId },
        { kind: 'reservation', id: reservationIdOf(of.runId) },
      ],
    },
    policyScope(of.projectId),
    usageScope(of.runId, of.lines),
    of.callerAgentId === null ? {} : agentScope(of.callerAgentId),
  )
  const run = seenRun(of, seen)
  if (seen === null || run === null) return base
  const speaksOfTask = run.taskId !== null && hasTaskTypePolicy(seen, of.projectId)
  return joinScopes(
    base,
    agentScope(run.agentId),
    { records: [{ kind: 'reservation', id: run.reservationId }] },
    speaksOfTask && run.taskId !== null ? { records: [{ kind: 'task', id: run.taskId }] } : {},
  )
}

/** Only then does the type of the task matter to what a report costs. */
function hasTaskTypePolicy(seen: Snapshot, projectId: string): boolean {
  return [null, projectId].some(
    (owner) =>
      seen.hasLookup('activePolicies', [owner]) &&
      seen.find('activePolicies', owner).some((policy) => policy.scopeType === 'TASK_TYPE'),
  )
}

/** What moving the money of a run reads, once its reservation has been seen. */
export function runMoneyScope(run: Run, seen: Snapshot): Scope {
  const reservation = seenReservation(run, seen)
  return reservation === null ? {} : accountScope(keysOf(reservation))
}

/** The accounts of a run, or null while they have not all been read. */
export function runAccountsSeen(run: Run, seen: Snapshot): RunAccount[] | null {
  const reservation = seenReservation(run, seen)
  if (reservation === null) return null
  const keys = keysOf(reservation)
  const isRead = hasAccounts(seen, keys) && keys.every((key) => seen.hasAccount(key))
  return isRead ? accountsOf(seen, keys, run.capMicros) : null
}
