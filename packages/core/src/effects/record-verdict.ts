import type { DecidingInProject } from '../decide/command.ts'
import type { Approval } from '../model/approval.ts'
import { outcomeOf, requiredDecisions, type Verdict } from '../rules/approval.ts'
import { type Ancestry, isParty, isSameLine } from '../rules/parties.ts'
import { redactText } from '../rules/redaction.ts'
import { policyInForce } from './policy-in-force.ts'
import { settleApproval } from './settle-approval.ts'

export interface VerdictFacts {
  readonly verdict: Verdict
  readonly reason: string | null
  /** It came with a one-time code. */
  readonly secondFactor?: boolean
  readonly ancestry: Ancestry
}

/** Adds the verdict of whoever acts; once it ends the request, everything that follows from the outcome as well. */
export function recordVerdict(deciding: DecidingInProject, found: Approval, facts: VerdictFacts): Approval {
  const { changes, actor, now } = deciding
  const approval = changes.current('approval', found)
  const policy = policyOfAct(deciding, approval)
  const rules = policy?.rules ?? null
  const decided = {
    // A quorum raised since the request was opened counts; one that was lowered does not.
    requiredDecisions: Math.max(approval.requiredDecisions, requiredDecisions(approval.riskLevel, rules)),
    decisions: [
      ...approval.decisions,
      {
        principalId: actor.id,
        kind: actor.kind,
        name: actor.name,
        verdict: facts.verdict,
        reason: facts.reason === null ? null : redactText(facts.reason),
        secondFactor: facts.secondFactor === true,
        at: now,
      },
    ],
  }
  const outcome = outcomeOf({ ...approval, ...decided }, (id) =>
    isStillIndependent(deciding, approval, id, facts.ancestry),
  )
  const reason = facts.reason ?? `${facts.verdict === 'APPROVE' ? 'approved' : 'denied'} by ${actor.name}`
  if (outcome === 'PENDING') return tally(deciding, approval, decided, reason)
  const granted = { grantExpiresAt: now + approval.ttlMs, policyVersion: policy?.version ?? null }
  return settleApproval(deciding, approval, {
    status: outcome,
    reason,
    fields: outcome === 'APPROVED' ? { ...decided, ...granted } : decided,
  })
}

/** The policy under which the act would happen; its version is what the grant is bound to. */
function policyOfAct(deciding: DecidingInProject, approval: Approval) {
  const { snapshot } = deciding
  const task =
    approval.taskId !== '' && snapshot.has('task', approval.taskId) ? snapshot.get('task', approval.taskId) : null
  return policyInForce(deciding, { taskType: task?.type ?? null, agentId: approval.onBehalfOfAgentId })
}

/** An agent that approved and then became a party no longer counts. Humans are parties of nothing. */
function isStillIndependent(
  { snapshot, project }: DecidingInProject,
  approval: Approval,
  principalId: string,
  ancestry: Ancestry,
): boolean {
  const entry = approval.decisions.find((decision) => decision.principalId === principalId)
  if (entry?.kind !== 'AGENT') return true
  const agent = snapshot.find('agentsOfProject', project.id).find((candidate) => candidate.principalId === principalId)
  if (agent === undefined) return false
  const task =
    approval.taskId !== '' && snapshot.has('task', approval.taskId) ? snapshot.get('task', approval.taskId) : null
  const isOfLine = approval.onBehalfOfAgentId !== null && isSameLine(agent.id, approval.onBehalfOfAgentId, ancestry)
  return !isOfLine && (task === null || !isParty(agent.id, task, ancestry))
}

function tally(
  deciding: DecidingInProject,
  approval: Approval,
  decided: Pick<Approval, 'decisions'> & { requiredDecisions: number },
  reason: string,
): Approval {
  const counted = deciding.changes.update('approval', approval, decided)
  const approving = counted.decisions.filter(({ verdict }) => verdict === 'APPROVE').length
  deciding.changes.event('APPROVAL_APPROVED', {
    subject: `approval/${approval.id}`,
    summary: `${approving} of ${counted.requiredDecisions} approve: ${approval.actionSummary}`,
    reason,
    data: { status: counted.status, approving, requiredDecisions: counted.requiredDecisions },
    taskId: approval.taskId || null,
    agentId: approval.onBehalfOfAgentId,
    runId: approval.runId,
  })
  return counted
}
