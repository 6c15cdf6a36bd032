import type { DecidingInProject } from '../decide/command.ts'
import type { Agent } from '../model/agent.ts'
import type { BudgetView } from '../model/tool-call.ts'
import { remaining } from '../rules/budget.ts'
import { isAgentDay } from '../rules/budget-units.ts'
import type { Evaluation } from '../rules/policy/evaluate.ts'
import type { RunAccount } from './run-accounts.ts'
import { hashOf, type RunOutlook, type RunRequest } from './run-start.ts'

/**
 * Records what the policy said about the start of a run when there is more to say than yes. A plain yes is the
 * RUN_STARTED event itself, which names the policy and the amounts: starting is too frequent to be written twice.
 */
export function recordStart(
  deciding: DecidingInProject,
  request: RunRequest,
  outlook: RunOutlook,
  evaluation: Evaluation,
  of: { readonly runId: string | null; readonly approvalId: string | null },
): void {
  const { changes, project } = deciding
  const { decision, riskLevel, reason, violations, hint } = evaluation
  const payloadHash = hashOf(request)
  const { model, provider, estimatedCostMicros, agentId, taskId } = request
  const record = changes.insert('decision', {
    projectId: project.id,
    action: 'RUN_START',
    agentId,
    runId: of.runId,
    taskId,
    toolCallId: null,
    capability: null,
    decision,
    riskLevel,
    reason,
    violations: [...violations],
    facts: { model, provider, estimatedCostMicros, holdMicros: outlook.holdMicros },
    approvalId: of.approvalId,
    hint,
    budget: budgetView(outlook.accounts, outlook.agent),
    payloadHash,
    policyVersion: changes.policyVersion,
  })
  changes.event('POLICY_DECISION', {
    subject: `decision/${record.id}`,
    summary: `RUN_START: ${decision}, ${reason}`,
    reason,
    data: {
      action: 'RUN_START',
      decision,
      riskLevel,
      violations: violations.map(({ step, code, detail }) => ({ step, code, detail })),
      payloadHash,
      approvalId: of.approvalId,
    },
    taskId,
    agentId,
    runId: of.runId,
  })
}

/** The money of an agent as a decision shows it: its day, and what one run may cost. */
export function budgetView(accounts: readonly RunAccount[], agent: Agent): BudgetView {
  const day = accounts.find(({ key }) => isAgentDay(key) && key.scopeId === agent.id)
  const { balance = { reserved: 0, settled: 0 }, capMicros = 0 } = day ?? {}
  return {
    dailyMicros: capMicros ?? 0,
    settledMicros: balance.settled,
    reservedMicros: balance.reserved,
    remainingMicros: remaining(capMicros ?? 0, balance) ?? 0,
    perRunMicros: agent.budgetPerRunMicros,
  }
}
