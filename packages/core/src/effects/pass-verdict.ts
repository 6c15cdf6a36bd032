import {
  accept,
  type DecidingInProject,
  type Decision,
  joinScopes,
  refuse,
  refuseWithEffects,
} from '../decide/command.ts'
import { own } from '../decide/own.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Approval } from '../model/approval.ts'
import type { Principal } from '../model/principal.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Scope } from '../ports/storage.ts'
import { authorityProblem, type DecisionQuestion, dutyProblem, hasExpired, type Verdict } from '../rules/approval.ts'
import { hasPermission } from '../rules/permissions.ts'
import { decisionQuestion } from './deciders.ts'
import { grantOverride, isSecondOverride, overrideProblem, overrideScope } from './grant-override.ts'
import { policyScope } from './policy-in-force.ts'
import { recordVerdict } from './record-verdict.ts'
import { codeProblem, spendCode } from './second-factor.ts'
import { settleScope } from './settle-approval.ts'
import { ancestryScope } from './task-scope.ts'

/** One verdict on one request, as it was given. */
export interface GivenVerdict {
  readonly approvalId: string
  readonly verdict: Verdict
  readonly reason?: string | undefined
  /** Of an override: less than was asked for. */
  readonly amountMicros?: number | undefined
}

/** What passing a verdict reads. */
export function verdictScope(projectId: string, approvalId: string, seen: Snapshot | null): Scope {
  return joinScopes(
    policyScope(projectId),
    ancestryScope(projectId),
    settleScope(projectId, approvalId, seen),
    overrideScope(projectId, approvalId, seen),
  )
}

/**
 * Passes the verdict of whoever acts. One denial by somebody who may decide ends the request; RED needs its quorum.
 * A verdict repeated by the same principal changes nothing. Who is a party is refused, and the attempt is recorded.
 */
export function passVerdict(deciding: DecidingInProject, given: GivenVerdict): Decision<Approval> {
  const { principal, changes } = deciding
  if (principal === null) return refuse(refusal('FORBIDDEN', 'the system decides on nothing'))
  const { record, problem } = own(deciding, 'approval', given.approvalId)
  if (problem !== null) return refuse(problem)
  // As an earlier verdict of the same batch left it.
  const approval = changes.current('approval', record)
  const question = decisionQuestion(deciding, approval, {
    decider: {
      principalId: principal.id,
      mayDecide: hasPermission(principal, deciding.agent, 'approvals.decide'),
      agent: deciding.agent,
    },
    verdict: given.verdict,
    isSecondOverride: isSecondOverride(deciding, approval),
  })
  const duty = dutyProblem(question)
  if (duty !== null) return refusedParty(deciding, approval, duty)
  const authority = authorityProblem(question)
  if (authority !== null)
    return refuse(refusal('FORBIDDEN', `${principal.displayName} may not decide ${approval.id}: ${authority}`))
  const isRepeat = approval.decisions.some(
    ({ principalId, verdict }) => principalId === principal.id && verdict === given.verdict,
  )
  if (isRepeat) return accept(approval)
  const refused =
    stateProblem(deciding, approval) ??
    statementProblem(approval, given) ??
    (owesCode(principal, question) ? codeProblem(deciding, principal, 'a decision on a RED act') : null) ??
    overrideProblem(deciding, approval, given.amountMicros)
  if (refused !== null) return refuse(refused)
  const secondFactor = owesCode(principal, question)
  if (secondFactor) spendCode(deciding, principal)
  return decided(deciding, approval, { ...given, secondFactor }, question)
}

function decided(
  deciding: DecidingInProject,
  approval: Approval,
  given: GivenVerdict & { readonly secondFactor: boolean },
  { ancestry }: DecisionQuestion,
): Decision<Approval> {
  const isOverride = approval.actionType === 'BUDGET_OVERRIDE'
  if (isOverride && given.verdict === 'APPROVE') grantOverride(deciding, approval, given.amountMicros)
  const { verdict, secondFactor } = given
  const facts = { verdict, reason: given.reason ?? null, secondFactor, ancestry }
  return accept(recordVerdict(deciding, approval, facts))
}

/** The attempt is recorded, so that a party that tries to decide on itself shows. */
function refusedParty(deciding: DecidingInProject, approval: Approval, why: string): Decision<never> {
  const detail = `${deciding.actor.name} may not decide ${approval.id}: ${why}`
  deciding.changes.event('POLICY_DECISION', {
    subject: `approval/${approval.id}`,
    summary: `Refused: ${detail}`,
    reason: why,
    data: { code: 'SEPARATION_OF_DUTIES', status: approval.status },
    taskId: approval.taskId || null,
    agentId: approval.onBehalfOfAgentId,
  })
  return refuseWithEffects(refusal('SEPARATION_OF_DUTIES', detail))
}

function stateProblem({ now }: DecidingInProject, approval: Approval): Refusal | null {
  // The clock decides, whether or not the sweep has been here.
  if (hasExpired(approval, now)) return refusal('APPROVAL_EXPIRED', `${approval.id} expired`, { status: 'EXPIRED' })
  if (approval.status === 'PENDING') return null
  return refusal('ALREADY_DECIDED', `${approval.id} is ${approval.status}`, { status: approval.status })
}

function statementProblem(approval: Approval, given: GivenVerdict): Refusal | null {
  const needsReason = given.verdict === 'DENY' || approval.riskLevel === 'RED'
  if (needsReason && given.reason === undefined) {
    const errors = [{ field: 'reason', message: 'a denial, and the approval of a RED act, say why' }]
    return refusal('VALIDATION', 'the verdict is not valid', { errors })
  }
  const hasAmount = given.amountMicros !== undefined
  if (hasAmount && (approval.actionType !== 'BUDGET_OVERRIDE' || given.verdict === 'DENY')) {
    const errors = [{ field: 'amountMicros', message: 'only the approval of an override names an amount' }]
    return refusal('VALIDATION', 'the verdict is not valid', { errors })
  }
  return null
}

/** Whether a decision on this act by this person takes a one-time code: one that is enrolled, or where policy wants it. */
function owesCode(principal: Principal, { approval, rules }: DecisionQuestion): boolean {
  return approval.riskLevel === 'RED' && (principal.totpEnrolled || rules?.redRequiresSecondFactor === true)
}
