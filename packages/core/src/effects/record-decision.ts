import type { DecidingInProject } from '../decide/command.ts'
import type { DecisionRecord } from '../model/tool-call.ts'
import type { Scope } from '../ports/storage.ts'
import type { Evaluation } from '../rules/policy/evaluate.ts'
import type { Violation } from '../rules/policy/types.ts'
import { redactJson, redactText } from '../rules/redaction.ts'
import type { JudgedCall } from './evaluate-call.ts'
import { alertScope, raiseAlert } from './raise-alert.ts'
import { replayFacts } from './replay-facts.ts'

/** What was decided about a call: the policy's word, or what became of it by an approval. */
export interface CallVerdict {
  readonly decision: DecisionRecord['decision']
  readonly reason: string
  readonly violations: readonly Violation[]
  readonly approvalId: string | null
  readonly hint: Evaluation['hint']
}

function violationKey(agentId: string): string {
  return `SECURITY_VIOLATION:${agentId}`
}

/** What recording a denial reads. */
export function decisionScope(projectId: string, agentId: string): Scope {
  return alertScope(projectId, violationKey(agentId))
}

/**
 * Records what was decided about a tool call, with the parsed and redacted input it was decided on. A denied RED call
 * also alerts people.
 */
export function recordDecision(
  deciding: DecidingInProject,
  judged: JudgedCall,
  verdict: CallVerdict,
  /** No id: leave was asked for before there was a call. */
  call: { readonly id: string | null; readonly tool: string; readonly capability: string },
): DecisionRecord {
  const { changes, project } = deciding
  const { agent, run, task, evaluation, payloadHash } = judged
  const subject = { taskId: task?.id ?? null, agentId: agent.id, runId: run?.id ?? null }
  const record = changes.insert('decision', {
    projectId: project.id,
    action: 'TOOL_CALL',
    ...subject,
    toolCallId: call.id,
    capability: call.capability,
    decision: verdict.decision,
    riskLevel: evaluation.riskLevel,
    // What was refused may be refused because of what it names: a path, a URL, a word with a secret in it.
    reason: redactText(verdict.reason),
    violations: verdict.violations.map((violation) => ({ ...violation, detail: redactText(violation.detail) })),
    facts: redactJson({
      ...judged.assessment?.facts,
      estimatedCostMicros: judged.estimatedCostMicros,
      replay: replayFacts(judged),
    }).value,
    approvalId: verdict.approvalId,
    hint: verdict.hint,
    budget: judged.budget,
    payloadHash,
    policyVersion: judged.policy?.version ?? null,
  })
  changes.event('POLICY_DECISION', {
    subject: call.id === null ? `decision/${record.id}` : `toolCall/${call.id}`,
    summary: `${verdict.decision}: ${agent.name} ${call.tool} (${evaluation.riskLevel})`,
    reason: verdict.reason,
    data: {
      action: 'TOOL_CALL',
      decisionId: record.id,
      decision: verdict.decision,
      riskLevel: evaluation.riskLevel,
      capability: call.capability,
      violations: verdict.violations.map(({ step, code, detail }) => ({ step, code, detail })),
      approvalId: verdict.approvalId,
      payloadHash,
    },
    ...subject,
  })
  if (verdict.decision === 'DENY' && evaluation.riskLevel === 'RED') {
    raiseAlert(deciding, {
      type: 'SECURITY_VIOLATION',
      severity: 'CRITICAL',
      dedupeKey: violationKey(agent.id),
      title: `${agent.name} was denied a RED call: ${call.tool}`,
      description: verdict.reason,
      ...subject,
    })
  }
  return record
}
