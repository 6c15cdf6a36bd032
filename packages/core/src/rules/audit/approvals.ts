import type { Approval } from '../../model/approval.ts'
import type { ToolCall } from '../../model/tool-call.ts'
import type { AuditFacts, Complain } from './facts.ts'

/** I15 to I17: grants are used once, for what they were given, and given by those who may. */
export function auditApprovals(facts: AuditFacts, complain: Complain): void {
  for (const approval of facts.all('approval')) {
    checkDecision(facts, approval, (invariant, problem) => complain(invariant, `approval/${approval.id}`, problem))
  }
  const usedBy = new Map<string, string>()
  for (const call of facts.all('toolCall')) {
    const said: Said = (invariant, problem) => complain(invariant, `toolCall/${call.id}`, problem)
    if (call.status === 'RUNNING' && call.decision !== 'ALLOW') said('I15', `runs, and was decided ${call.decision}`)
    if (call.grantId === null) continue
    const other = usedBy.get(call.grantId)
    if (other !== undefined) said('I15', `used approval ${call.grantId}, which ${other} had used`)
    usedBy.set(call.grantId, call.id)
    checkGrant(call, facts.get('approval', call.grantId), said)
  }
}

type Said = (invariant: string, problem: string) => void

function checkDecision(facts: AuditFacts, approval: Approval, said: Said): void {
  const { status, usedAt, riskLevel, decisions, decidedAt, expiresAt, requiredDecisions } = approval
  if (usedAt !== null && status !== 'APPROVED') said('I15', `is ${status}, and was used`)
  if ((status === 'APPROVED' || status === 'DENIED') && decidedAt !== null && decidedAt >= expiresAt) {
    said('I14', `was decided ${decidedAt - expiresAt} ms after its end`)
  }
  for (const { principalId } of decisions) {
    const decider = facts.get('principal', principalId)
    if (decider === null) said('I17', `was decided by ${principalId}, who is nobody`)
    if (principalId === approval.requesterId) said('I16', `${principalId} decided what it had asked for`)
    const agentId = decider?.agentId ?? null
    if (agentId !== null && isInLine(facts, agentId, approval.onBehalfOfAgentId)) {
      said('I16', `${agentId} decided for itself, or for one above or below it`)
    }
  }
  if (status !== 'APPROVED') return
  const yes = decisions.filter(({ verdict }) => verdict === 'APPROVE')
  const distinct = new Set(yes.map(({ principalId }) => principalId))
  if (distinct.size < requiredDecisions) said('I16', `is APPROVED by ${distinct.size} of ${requiredDecisions}`)
  if (riskLevel === 'RED' && !yes.some(({ kind }) => kind === 'HUMAN')) said('I16', 'is RED, and no human approved')
}

function isInLine(facts: AuditFacts, one: string, other: string | null): boolean {
  return other !== null && (lineOf(facts, one).includes(other) || lineOf(facts, other).includes(one))
}

/** An agent and those above it. */
function lineOf(facts: AuditFacts, agentId: string): string[] {
  const line: string[] = []
  for (let id: string | null = agentId; id !== null && !line.includes(id); ) {
    line.push(id)
    id = facts.get('agent', id)?.parentAgentId ?? null
  }
  return line
}

function checkGrant(call: ToolCall, grant: Approval | null, said: Said): void {
  if (grant === null) {
    said('I15', `used approval ${call.grantId}, which does not exist`)
    return
  }
  if (grant.status !== 'APPROVED' || grant.usedAt === null) {
    said('I15', `used approval ${grant.id}, which is ${grant.status}${grant.usedAt === null ? ' and unused' : ''}`)
  }
  if (grant.payloadHash !== call.payloadHash) said('I15', `used approval ${grant.id}, which is for another act`)
  if (grant.onBehalfOfAgentId !== call.agentId) said('I15', `used approval ${grant.id}, which is another agent's`)
  if (grant.taskEpoch !== null && grant.taskEpoch !== call.taskEpoch) {
    said('I15', `used approval ${grant.id} of epoch ${grant.taskEpoch} in epoch ${call.taskEpoch}`)
  }
}
