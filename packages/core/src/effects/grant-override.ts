import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Approval } from '../model/approval.ts'
import type { AccountKey } from '../model/ledger.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { LookupRequest, Scope } from '../ports/storage.ts'
import { windowKey } from '../rules/windows.ts'
import { adjustBudget, adjustBudgetScope, overrideOf } from './adjust-budget.ts'
import { consumeGrant } from './consume-grant.ts'
import { BUDGETS_OF_SCOPE_MAX, standingBudget } from './run-accounts.ts'

/** The approvals that extended the same account in the same window before. */
function extensionIds(snapshot: Snapshot, approval: Approval): string[] {
  const override = overrideOf(approval)
  if (override === null) return []
  const { key } = override
  if (!snapshot.hasLookup('budgetsOfScope', [key.projectId, key.scopeType, key.scopeId])) return []
  const adjustments = standingBudget(snapshot, key)?.adjustments ?? []
  return adjustments.filter((entry) => entry.windowKey === key.windowKey).map(({ approvalId }) => approvalId)
}

/** What deciding on an override reads: the account it extends, and who extended it before. */
export function overrideScope(projectId: string, approvalId: string, seen: Snapshot | null): Scope {
  const approval = seen?.has('approval', approvalId) === true ? seen.peek('approval', approvalId) : null
  if (seen === null || approval === null || approval.actionType !== 'BUDGET_OVERRIDE') return {}
  const override = overrideOf(approval)
  return joinScopes(adjustBudgetScope(projectId, approvalId, seen), {
    records: extensionIds(seen, approval).map((id) => ({ kind: 'approval' as const, id })),
    // Also of accounts that have no owner to read: what a run may cost.
    lookups: override === null ? [] : [budgetsOf(override.key)],
  })
}

function budgetsOf({ projectId, scopeType, scopeId }: AccountKey): LookupRequest {
  return { lookup: 'budgetsOfScope', values: [projectId, scopeType, scopeId], limit: BUDGETS_OF_SCOPE_MAX }
}

/** Whether an agent, which only the CAO can be, has extended this account in this window before. */
export function isSecondOverride({ snapshot }: DecidingInProject, approval: Approval): boolean {
  return extensionIds(snapshot, approval).some(
    (id) =>
      snapshot.has('approval', id) &&
      snapshot.get('approval', id)?.decisions.some(({ kind, verdict }) => kind === 'AGENT' && verdict === 'APPROVE') ===
        true,
  )
}

/** Why this override cannot be decided so any more, or null. */
export function overrideProblem(
  { now, project }: DecidingInProject,
  approval: Approval,
  amountMicros: number | undefined,
): Refusal | null {
  if (approval.actionType !== 'BUDGET_OVERRIDE') return null
  const override = overrideOf(approval)
  if (override === null) return refusal('APPROVAL_EXPIRED', `${approval.id} is about no account of this project`)
  const { key } = override
  if (key.windowKey !== windowKey(key.window, now, project.timeZone)) {
    return refusal('APPROVAL_EXPIRED', `the window of ${approval.id} is over`, { status: 'EXPIRED' })
  }
  if (amountMicros === undefined || (amountMicros > 0 && amountMicros <= override.amountMicros)) return null
  const errors = [{ field: 'amountMicros', message: `must be from 1 to the ${override.amountMicros} asked for` }]
  return refusal('VALIDATION', 'approvals.decide: the input is not valid', { errors })
}

/** Extends the account by what was approved. The permission is used by that. */
export function grantOverride(deciding: DecidingInProject, approval: Approval, amountMicros: number | undefined): void {
  adjustBudget(deciding, approval, amountMicros)
  consumeGrant(deciding, approval, `account/${overrideOf(approval)?.key.scopeId ?? ''}`)
}
