import { type DecidingInProject, joinScopes } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { MissionControlError } from '../errors.ts'
import type { ExecutionType } from '../model/execution.ts'
import type { JsonValue } from '../model/text.ts'
import type { ToolCall } from '../model/tool-call.ts'
import type { Scope } from '../ports/storage.ts'
import { derivedCallKey } from '../rules/call-key.ts'
import { canonicalHash, canonicalJson } from '../rules/hash.ts'
import { payloadHash, toolCallPayload } from '../rules/payload-hash.ts'
import type { RiskLevel, ToolAssessment } from '../rules/policy/types.ts'
import { detectSecrets } from '../rules/redaction/text.ts'
import { askScope } from './ask-for-call.ts'
import { priorOf, sightOf } from './call-sight.ts'
import {
  type CallAct,
  type CallRequest,
  type CallSight,
  callScope,
  type JudgedCall,
  judgeCall,
  type PriorDecision,
} from './evaluate-call.ts'
import { type GateAnswer, type GatedCall, recordCall, repeatedCall } from './gate-call.ts'
import { policyOf } from './policy-in-force.ts'
import { decisionScope } from './record-decision.ts'
import { settleScope } from './settle-approval.ts'

const CAPABILITY = 'execution.request'
const TOOL = 'request_execution'
/** What these do goes out into the world, so a human agrees first, whatever the policy says of requests. */
const EXTERNAL: readonly ExecutionType[] = ['EMAIL', 'SOCIAL', 'OPS']

/** What an agent wants carried out. */
export interface ExecutionWish {
  readonly projectId: string
  readonly agentId: string
  readonly runId: string | null
  readonly taskId: string | null
  readonly epoch: number | null
  readonly sessionKey: string
  readonly callId: string | null
  readonly type: ExecutionType
  readonly executorKind: string | null
  readonly payload: JsonValue
  readonly justification: string | null
  readonly rollbackPlan: string | null
}

function actOf({ type, executorKind, payload }: ExecutionWish): CallAct {
  return { tool: TOOL, input: { type, executorKind, payload }, cwd: null, resolved: null }
}

function requestOf(wish: ExecutionWish): CallRequest {
  const { projectId, agentId, runId, taskId, epoch } = wish
  return { projectId, agentId, runId, taskId, epoch, act: null, estimatedCostMicros: null }
}

function keyOf(wish: ExecutionWish): string {
  const { tool, input, cwd } = actOf(wish)
  const { sessionKey, taskId } = wish
  return wish.callId ?? derivedCallKey({ sessionKey, taskId: taskId ?? undefined, tool, input, cwd })
}

/** The call at the gate that stands for this wish, if it was asked for before. */
export function knownRequest(snapshot: Snapshot, wish: ExecutionWish): ToolCall | null {
  const values = [wish.agentId, wish.runId ?? '', keyOf(wish)] as const
  return snapshot.hasLookup('toolCallByCall', values) ? (snapshot.find('toolCallByCall', ...values)[0] ?? null) : null
}

export function isSameWish(known: ToolCall, wish: ExecutionWish): boolean {
  return known.inputHash === canonicalHash(actOf(wish).input) && known.taskId === wish.taskId
}

/** What the policy finds in a request by itself: the risk of its type, and secrets in what would be handed out. */
function assessment(sight: CallSight, wish: ExecutionWish, taskType: Parameters<typeof policyOf>[2]['taskType']) {
  const policy = policyOf(sight.snapshot, sight.project.id, { taskType, agentId: wish.agentId })
  const [secret] = detectSecrets(canonicalJson(wish.payload))
  const listed: RiskLevel = EXTERNAL.includes(wish.type) ? 'RED' : (policy?.risks.get(CAPABILITY) ?? 'RED')
  const found = {
    step: 8,
    code: 'SECRET_IN_INPUT',
    detail: `the payload holds a secret (${secret?.kind})`,
    verdict: 'NEEDS_APPROVAL',
    overridable: true,
  } as const
  return {
    capability: CAPABILITY,
    riskLevel: secret === undefined ? listed : 'RED',
    violations: secret === undefined ? [] : [found],
    plan: null,
    facts: { tool: TOOL, words: [wish.type], paths: [], hosts: [], amounts: [] },
  } satisfies ToolAssessment
}

/** What is known of the wish before it is judged; null while not enough has been read. */
function priorDecision(sight: CallSight, wish: ExecutionWish): { prior: PriorDecision; payload: JsonValue } | null {
  const { snapshot, project } = sight
  const { agentId, taskId } = wish
  const isRead =
    snapshot.has('agent', agentId) &&
    (taskId === null || snapshot.has('task', taskId)) &&
    [null, project.id].every((owner) => snapshot.hasLookup('activePolicies', [owner]))
  const agent = isRead ? snapshot.peek('agent', agentId) : null
  if (agent === null) return null
  const task = taskId === null ? null : snapshot.peek('task', taskId)
  const { tool, input } = actOf(wish)
  const payload = toolCallPayload({ tool, capability: CAPABILITY, input, cwd: agent.workspacePath })
  const hash = payloadHash({
    projectId: project.id,
    agentId,
    taskId: task?.id ?? null,
    actionType: 'TOOL_CALL',
    payload,
  })
  const consumed = priorOf(snapshot, knownRequest(snapshot, wish))?.consumed ?? null
  const found = assessment(sight, wish, task?.type ?? null)
  return { prior: { assessment: found, payloadHash: hash, consumed }, payload }
}

/** What putting a request through the gate reads. */
export function gateExecutionScope(wish: ExecutionWish, seen: Snapshot | null): Scope {
  const { projectId, agentId, runId } = wish
  const sight = sightOf(seen, projectId)
  const found = sight === null ? null : priorDecision(sight, wish)
  const request = requestOf(wish)
  const base = joinScopes(
    callScope(request, found === null ? null : sight, found?.prior ?? null),
    decisionScope(projectId, agentId),
    { lookups: [{ lookup: 'toolCallByCall', values: [agentId, runId ?? '', keyOf(wish)], limit: 1 }] },
  )
  if (seen === null || sight === null || found === null) return base
  const known = knownRequest(seen, wish)
  const judged = judgeCall(sight, request, found.prior)
  return joinScopes(
    base,
    known === null ? {} : knownScope(projectId, known, seen),
    judged === null ? {} : askScope(projectId, judged, seen),
  )
}

function knownScope(projectId: string, known: ToolCall, seen: Snapshot): Scope {
  const task = known.taskId !== null && seen.has('task', known.taskId) ? seen.peek('task', known.taskId) : null
  const approvalIds = [known.approvalId, known.grantId, ...(task?.waitingFor ?? [])].filter((id) => id !== null)
  return joinScopes(
    {
      records: [
        { kind: 'decision', id: known.decisionId },
        ...approvalIds.map((id) => ({ kind: 'approval' as const, id })),
      ],
      lookups: [{ lookup: 'executionOfToolCall', values: [known.id], limit: 10 }],
    },
    known.approvalId === null ? {} : settleScope(projectId, known.approvalId, seen),
  )
}

/** The policy's word on a request, recorded as that on any tool call. `previous`: an equal request that has ended. */
export function gateExecution(
  deciding: DecidingInProject,
  wish: ExecutionWish,
  previous: ToolCall | null,
): { answer: GateAnswer; judged: JudgedCall } {
  const found = priorDecision(deciding, wish)
  const judgedAlone = found === null ? null : judgeCall(deciding, requestOf(wish), found.prior)
  if (found === null || judgedAlone === null) {
    throw new MissionControlError('INTERNAL', 'a request was judged before all of it was read')
  }
  const judged: JudgedCall = { ...judgedAlone, payload: found.payload }
  deciding.changes.policyVersion = judged.policy?.version ?? null
  const gated: GatedCall = {
    act: actOf(wish),
    key: keyOf(wish),
    estimatedCostMicros: null,
    justification: wish.justification,
    rollbackPlan: wish.rollbackPlan,
  }
  const known = previous === null ? knownRequest(deciding.snapshot, wish) : null
  const answer =
    known === null ? recordCall(deciding, judged, gated, previous) : repeatedCall(deciding, judged, gated, known)
  return { answer, judged }
}
