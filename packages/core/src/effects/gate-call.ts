import type { DecidingInProject } from '../decide/command.ts'
import type { Approval } from '../model/approval.ts'
import type { ExecutionPlan } from '../model/execution-plan.ts'
import type { DecisionRecord, ToolCall } from '../model/tool-call.ts'
import { hasExpired } from '../rules/approval.ts'
import { endedCallKey, isDerivedKey } from '../rules/call-key.ts'
import { canonicalHash, canonicalJson } from '../rules/hash.ts'
import { preview, redactText } from '../rules/redaction.ts'
import { type Asking, askForCall, pendingOfTask } from './ask-for-call.ts'
import { consumeGrant } from './consume-grant.ts'
import type { CallAct, JudgedCall } from './evaluate-call.ts'
import { type CallVerdict, recordDecision } from './record-decision.ts'
import { expireApproval } from './settle-approval.ts'

const PREVIEW_CHARS_MAX = 500

/** The answer of the gate. Only ALLOW lets the call begin. */
export interface GateAnswer
  extends Pick<
    DecisionRecord,
    | 'decision'
    | 'riskLevel'
    | 'reason'
    | 'violations'
    | 'approvalId'
    | 'hint'
    | 'budget'
    | 'payloadHash'
    | 'policyVersion'
  > {
  readonly toolCallId: string
  /** For a shell call: exactly what may be run, without a shell. Null unless ALLOW. */
  readonly plan: ExecutionPlan | null
}

/** One call at the gate. */
export interface GatedCall extends Omit<Asking, 'toolCallId'> {
  /** The caller's key of the call, or the one derived from it. */
  readonly key: string
}

interface Settled extends CallVerdict {
  readonly grantId: string | null
}

/** The answer that a decision gives, with the plan as it is judged now. */
function answerCall(decision: DecisionRecord, toolCallId: string, judged: JudgedCall): GateAnswer {
  const { riskLevel, reason, violations, approvalId, hint, budget, payloadHash, policyVersion } = decision
  const plan = decision.decision === 'ALLOW' ? (judged.assessment?.plan ?? null) : null
  const said = { riskLevel, reason, violations, approvalId, hint, budget, payloadHash, policyVersion }
  return { decision: decision.decision, toolCallId, plan, ...said }
}

/** The verdict on a call as it is judged now: uses the grant it needs, or asks for one. */
function settle(deciding: DecidingInProject, judged: JudgedCall, asking: Asking): Settled {
  const { evaluation, grant } = judged
  const { decision, reason, violations, hint } = evaluation
  const said = { decision, reason, violations, hint }
  if (decision === 'NEEDS_APPROVAL') return { ...said, ...askForCall(deciding, judged, asking), grantId: null }
  if (decision === 'DENY' || !evaluation.usesGrant || grant === null)
    return { ...said, approvalId: null, grantId: null }
  if (grant.usedAt === null) consumeGrant(deciding, grant, `toolCall/${asking.toolCallId}`)
  return { ...said, approvalId: grant.id, grantId: grant.id }
}

/** Judges a call for the first time and records it. `previous`: the ended call that had the same derived key. */
export function recordCall(
  deciding: DecidingInProject,
  judged: JudgedCall,
  gated: GatedCall,
  previous: ToolCall | null,
): GateAnswer {
  const { changes, nextId, now, project } = deciding
  const { act } = gated
  if (previous !== null) changes.update('toolCall', previous, { callId: endedCallKey(previous) })
  const id = nextId('toolCall')
  const settled = settle(deciding, judged, { ...gated, toolCallId: id })
  const capability = judged.assessment?.capability ?? 'unknown'
  const decision = recordDecision(deciding, judged, settled, { id, tool: act.tool, capability })
  const inputText = canonicalJson(act.input)
  const inputPreview = preview(inputText, PREVIEW_CHARS_MAX)
  const toolName = redactText(act.tool)
  changes.insert(
    'toolCall',
    {
      projectId: project.id,
      agentId: judged.agent.id,
      runId: judged.run?.id ?? '',
      taskId: judged.task?.id ?? null,
      taskEpoch: judged.task?.epoch ?? null,
      callId: gated.key,
      toolName,
      capability,
      riskLevel: judged.evaluation.riskLevel,
      decisionId: decision.id,
      approvalId: settled.approvalId,
      grantId: settled.grantId,
      status: settled.decision === 'DENY' ? 'DENIED' : 'PENDING',
      decision: settled.decision,
      payloadHash: judged.payloadHash,
      cwd: act.cwd ?? judged.agent.workspacePath,
      startedAt: null,
      endedAt: settled.decision === 'DENY' ? now : null,
      error: null,
      inputPreview,
      outputPreview: null,
      inputHash: canonicalHash(act.input),
      outputHash: null,
      redactedFields: [
        ...(toolName === act.tool ? [] : ['toolName']),
        ...(inputText.startsWith(inputPreview) ? [] : ['inputPreview']),
      ],
    },
    id,
  )
  return answerCall(decision, id, judged)
}

/** Whether the call is the one that has the key: same tool, input, folder and task. */
export function isSameCall(known: ToolCall, judged: JudgedCall, act: CallAct): boolean {
  return (
    isSameTool(known, judged, act) &&
    known.inputHash === canonicalHash(act.input) &&
    known.cwd === (act.cwd ?? judged.agent.workspacePath) &&
    known.taskId === (judged.task?.id ?? null)
  )
}

/** Of a name with a secret in it too little is kept to compare; the payload that was decided on has all of it. */
function isSameTool(known: ToolCall, judged: JudgedCall, act: CallAct): boolean {
  if (known.redactedFields.includes('toolName')) return known.payloadHash === judged.payloadHash
  return known.toolName === act.tool
}

/**
 * Answers a call that came before. A decision stands, with two exceptions: what waited for a human gets the outcome,
 * and what was allowed and has not begun is judged anew, and denied unless it would still be allowed.
 */
export function repeatedCall(
  deciding: DecidingInProject,
  judged: JudgedCall,
  gated: GatedCall,
  known: ToolCall,
): GateAnswer {
  const { snapshot, changes } = deciding
  const decision = snapshot.get('decision', known.decisionId)
  if (decision === null) return recordCall(deciding, judged, gated, known)
  const stored = answerCall(decision, known.id, judged)
  const approval = known.approvalId === null ? null : snapshot.get('approval', known.approvalId)
  if (known.status !== 'PENDING') {
    return isFreeAgain(known, judged, approval) ? recordCall(deciding, judged, gated, known) : stored
  }
  if (known.decision === 'ALLOW') return stillAllowed(deciding, judged, gated, known, stored)
  if (approval !== null && hasExpired(approval, deciding.now)) expireApproval(deciding, approval)
  const current = approval === null ? null : changes.current('approval', approval)
  if (current?.status === 'PENDING') return stored
  if (current !== null && current.status !== 'APPROVED') return amend(deciding, judged, known, outcomeOf(current))
  const settled = stillWaiting(deciding, judged) ?? settle(deciding, judged, { ...gated, toolCallId: known.id })
  const isUnchanged = settled.decision === 'NEEDS_APPROVAL' && settled.approvalId === known.approvalId
  return isUnchanged ? stored : amend(deciding, judged, known, settled)
}

/** Its own decision was a yes, but its task waits for another one: so does the call, whatever else is against it now. */
function stillWaiting(deciding: DecidingInProject, judged: JudgedCall): Settled | null {
  const { evaluation, task } = judged
  if (task?.status !== 'NEEDS_APPROVAL' || evaluation.decision === 'ALLOW') return null
  const approvalId = pendingOfTask(deciding, judged)
  if (approvalId === null) return null
  const { violations, hint } = evaluation
  const reason = `the task still waits for ${approvalId}`
  return { decision: 'NEEDS_APPROVAL', reason, violations, approvalId, hint, grantId: null }
}

/** A call that ended and had no key of its own may be made again; what a human denied stays denied in its session. */
function isFreeAgain(known: ToolCall, { evaluation }: JudgedCall, approval: Approval | null): boolean {
  if (!isDerivedKey(known.callId) || known.status === 'RUNNING') return false
  if (known.status !== 'DENIED') return true
  return evaluation.decision !== 'DENY' && approval?.status !== 'DENIED'
}

function stillAllowed(
  deciding: DecidingInProject,
  judged: JudgedCall,
  gated: GatedCall,
  known: ToolCall,
  stored: GateAnswer,
): GateAnswer {
  const { evaluation, grant } = judged
  if (evaluation.decision !== 'ALLOW') {
    return amend(deciding, judged, known, deniedNow(judged))
  }
  const needsAnother = evaluation.usesGrant && grant !== null && grant.id !== known.grantId
  return needsAnother
    ? amend(deciding, judged, known, settle(deciding, judged, { ...gated, toolCallId: known.id }))
    : stored
}

/** What was allowed and is not any more is denied, also where a human could allow it again. */
export function deniedNow({ evaluation }: JudgedCall): CallVerdict & { grantId: null } {
  const { reason, violations } = evaluation
  return { decision: 'DENY', reason, violations, approvalId: null, hint: null, grantId: null }
}

function outcomeOf(approval: Approval): Settled {
  const detail = `${approval.id} is ${approval.status}`
  const violation = {
    step: 11,
    code: `APPROVAL_${approval.status}`,
    detail,
    verdict: 'DENY',
    overridable: false,
  } as const
  return {
    decision: 'DENY',
    reason: detail,
    violations: [violation],
    approvalId: approval.id,
    hint: null,
    grantId: null,
  }
}

/** Replaces what was decided about a call, with a record of its own. */
export function amend(deciding: DecidingInProject, judged: JudgedCall, known: ToolCall, settled: Settled): GateAnswer {
  const decision = recordDecision(deciding, judged, settled, {
    id: known.id,
    tool: known.toolName,
    capability: judged.assessment?.capability ?? known.capability,
  })
  const isDenied = settled.decision === 'DENY'
  deciding.changes.update('toolCall', known, {
    decisionId: decision.id,
    decision: settled.decision,
    riskLevel: judged.evaluation.riskLevel,
    payloadHash: judged.payloadHash,
    approvalId: settled.approvalId ?? known.approvalId,
    grantId: settled.grantId ?? known.grantId,
    ...(isDenied ? { status: 'DENIED' as const, endedAt: deciding.now } : {}),
  })
  return answerCall(decision, known.id, judged)
}
