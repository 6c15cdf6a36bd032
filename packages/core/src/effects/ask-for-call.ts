import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Scope } from '../ports/storage.ts'
import { hasExpired } from '../rules/approval.ts'
import { canonicalJson } from '../rules/hash.ts'
import type { Evaluation } from '../rules/policy/evaluate.ts'
import { preview } from '../rules/redaction.ts'
import { type CallAct, type JudgedCall, liftableCodes } from './evaluate-call.ts'
import { accountsWithoutRoom, exceedBudget, exceedScope } from './exceed-budget.ts'
import { type ApprovalFacts, openApproval, parkTask, pendingApprovalLookup } from './open-approval.ts'
import { ancestryScope, taskScope } from './task-scope.ts'

const PREVIEW_CHARS_MAX = 200

export interface Asking {
  readonly act: CallAct
  readonly toolCallId: string
  readonly estimatedCostMicros: number | null
  readonly justification: string | null
  readonly rollbackPlan: string | null
}

/** Who has been asked, if anybody, and why. */
export interface Asked {
  readonly approvalId: string | null
  readonly reason: string
  readonly hint: Evaluation['hint']
}

/** What asking for a call reads, once it is known that it has to be asked for. */
export function askScope(projectId: string, judged: JudgedCall, seen: Snapshot): Scope {
  if (judged.evaluation.decision !== 'NEEDS_APPROVAL') return {}
  const taskId = judged.task?.id ?? null
  return joinScopes(
    ancestryScope(projectId),
    taskId === null ? {} : taskScope(projectId, taskId, seen),
    isOverBudget(judged) ? exceedScope(projectId, judged.money.accounts, taskId, seen) : {},
  )
}

function isOverBudget(judged: JudgedCall): boolean {
  return judged.open.some(({ code }) => code === 'BUDGET_EXCEEDED')
}

/** A call as a person reads it before deciding. */
export function describeCall(act: Pick<CallAct, 'tool' | 'input'>): string {
  return `${act.tool} ${preview(canonicalJson(act.input), PREVIEW_CHARS_MAX)}`
}

/**
 * Asks for a call that nobody may make without a decision: for money if that is what lacks, else for the act itself.
 * The task waits with it. A call that only has to wait for its task asks for nothing of its own.
 */
export function askForCall(deciding: DecidingInProject, judged: JudgedCall, asking: Asking): Asked {
  const { evaluation, task } = judged
  if (isOverBudget(judged)) return askForMoney(deciding, judged)
  const covers = liftableCodes(judged.open)
  if (covers.length === 0) {
    return { approvalId: pendingOfTask(deciding, judged), reason: evaluation.reason, hint: evaluation.hint }
  }
  const facts = factsOf(judged, asking, covers)
  const pending = pendingApprovalLookup(deciding, facts)
  const isAsked = pending !== null && !hasExpired(pending, deciding.now)
  if (!isAsked && facts.riskLevel === 'RED' && asking.rollbackPlan === null) {
    const reason = `${evaluation.reason}; a RED call is asked for with a rollbackPlan: repeat it with one`
    return { approvalId: null, reason, hint: evaluation.hint }
  }
  const approval = openApproval(deciding, facts)
  if (task !== null) parkTask(deciding, task, approval)
  return { approvalId: approval.id, reason: evaluation.reason, hint: evaluation.hint }
}

function factsOf(judged: JudgedCall, asking: Asking, covers: readonly string[]): ApprovalFacts {
  const { agent, evaluation, run, task } = judged
  return {
    actionType: 'TOOL_CALL',
    riskLevel: evaluation.riskLevel === 'RED' ? 'RED' : 'YELLOW',
    actionSummary: describeCall(asking.act),
    justification: asking.justification ?? evaluation.hint?.suggestedJustification ?? evaluation.reason,
    rollbackPlan: asking.rollbackPlan,
    payload: judged.payload,
    agentId: agent.id,
    taskId: task?.id ?? null,
    taskEpoch: task?.epoch ?? null,
    runId: run?.id ?? null,
    toolCallId: asking.toolCallId,
    covers,
    estimatedCostMicros: asking.estimatedCostMicros,
  }
}

function askForMoney(deciding: DecidingInProject, judged: JudgedCall): Asked {
  const { agent, task, run, money, evaluation } = judged
  const refused = exceedBudget(deciding, {
    agent,
    task,
    runId: run?.id ?? null,
    accounts: accountsWithoutRoom(money.accounts, money.neededMicros),
    neededMicros: money.neededMicros,
  })
  return { approvalId: refused.approvalIds?.[0] ?? null, reason: refused.detail, hint: evaluation.hint }
}

/** The first decision that the task of the call still waits for. */
export function pendingOfTask({ snapshot }: DecidingInProject, { task }: JudgedCall): string | null {
  const pending = (task?.waitingFor ?? []).find(
    (id) => snapshot.has('approval', id) && snapshot.get('approval', id)?.status === 'PENDING',
  )
  return pending ?? null
}
