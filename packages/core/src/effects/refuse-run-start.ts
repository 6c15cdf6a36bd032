import type { DecidingInProject } from '../decide/command.ts'
import { usdFromMicros } from '../model/money.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import { runStartPayload } from '../rules/payload-hash.ts'
import type { Evaluation } from '../rules/policy/evaluate.ts'
import { exceedBudget } from './exceed-budget.ts'
import { openApproval, parkTask } from './open-approval.ts'
import { recordStart } from './run-decision.ts'
import type { RunOutlook, RunRequest } from './run-start.ts'

/** No run. The refusal carries what follows from it: a request for a human, or all that a spent budget entails. */
export function refuseRunStart(
  deciding: DecidingInProject,
  request: RunRequest,
  outlook: RunOutlook,
  evaluation: Evaluation,
): Refusal {
  const { violations } = evaluation
  if (evaluation.decision === 'DENY') {
    recordStart(deciding, request, outlook, evaluation, { runId: null, approvalId: null })
    return refusal('POLICY_DENIED', evaluation.reason, {
      violations: violations
        .filter(({ verdict }) => verdict === 'DENY')
        .map(({ step, code, detail }) => ({ step, code, detail })),
    })
  }
  if (violations.some(({ code }) => code === 'TASK_WAITING')) {
    // It waits already. Asking for something else meanwhile would only make people decide in vain.
    const approvalIds = outlook.task?.waitingFor ?? []
    recordStart(deciding, request, outlook, evaluation, { runId: null, approvalId: approvalIds[0] ?? null })
    return refusal('APPROVAL_REQUIRED', evaluation.reason, { approvalIds })
  }
  if (outlook.withoutRoom.length > 0) {
    recordStart(deciding, request, outlook, evaluation, { runId: null, approvalId: null })
    const { agent, task, withoutRoom: accounts, holdMicros: neededMicros } = outlook
    return exceedBudget(deciding, { agent, task, runId: null, accounts, neededMicros })
  }
  const approval = askForStart(deciding, request, outlook, evaluation)
  recordStart(deciding, request, outlook, evaluation, { runId: null, approvalId: approval.id })
  return refusal('APPROVAL_REQUIRED', evaluation.reason, {
    approvalIds: [approval.id],
    errors: [{ field: 'approvalId', message: approval.id }],
  })
}

function askForStart(deciding: DecidingInProject, request: RunRequest, outlook: RunOutlook, evaluation: Evaluation) {
  const { agent, task } = outlook
  const asked = evaluation.violations.filter(({ verdict }) => verdict === 'NEEDS_APPROVAL')
  const estimate = request.estimatedCostMicros
  const approval = openApproval(deciding, {
    actionType: 'RUN_START',
    riskLevel: 'YELLOW',
    actionSummary: `Run on ${request.model}${estimate === null ? '' : `, estimated at ${usdFromMicros(estimate)} USD`}`,
    justification: `${agent.name} asks because ${asked.map(({ detail }) => detail).join('; ')}.`,
    payload: runStartPayload(request),
    agentId: agent.id,
    taskId: request.taskId,
    taskEpoch: task?.epoch ?? null,
    covers: asked.map(({ code }) => code),
    estimatedCostMicros: estimate,
  })
  if (task !== null) parkTask(deciding, task, approval)
  return approval
}
