import type { Approval, ToolCall } from '@mission-control/core'
import { type Change, type Mirror, writtenOf } from '../mirror.ts'
import { rulesOf } from './rules-in-force.ts'
import type { Sight, Watch } from './watch.ts'

const DECISIONS = new Set(['APPROVAL_APPROVED', 'APPROVAL_DENIED', 'APPROVAL_EXPIRED', 'APPROVAL_CANCELED'])

/** I14 to I16, I18: one outcome for each request, by those who may, and nothing done without it. */
export function watchApprovals(sight: Sight): Watch {
  const outcomes = new Map<string, string>()
  return {
    committed: (change) => {
      for (const event of change.events) {
        if (!DECISIONS.has(event.kind) || isTally(event.data)) continue
        const id = event.subject.replace('approval/', '')
        const known = outcomes.get(id)
        // An approved request that was never used may still be withdrawn when its task ends.
        const isWithdrawn = known === 'APPROVAL_APPROVED' && event.kind === 'APPROVAL_CANCELED'
        if (known !== undefined && !isWithdrawn) sight.complain('I14', `${id} had ${known}, and now ${event.kind}`)
        outcomes.set(id, event.kind)
      }
      for (const { before, after } of writtenOf(change, 'approval')) checkApproval(sight, change, before, after)
      for (const { before, after } of writtenOf(change, 'toolCall')) checkCall(sight, change, before, after)
      for (const { after } of writtenOf(change, 'review')) checkReviewer(sight, after.taskId, after.reviewer)
    },
  }
}

/** One of several that are needed has approved; nothing is decided by it. */
function isTally(facts: unknown): boolean {
  return (facts as { status?: string }).status === 'PENDING'
}

function checkApproval(sight: Sight, change: Change, before: Approval | null, after: Approval): void {
  const { complain } = sight
  if (before !== null && before.status !== 'PENDING' && after.status !== before.status) {
    const isWithdrawn = before.status === 'APPROVED' && before.usedAt === null && after.status === 'CANCELED'
    if (!isWithdrawn) complain('I14', `${after.id} was ${before.status} and is ${after.status}`)
  }
  if (before !== null && before.payloadHash !== after.payloadHash)
    complain('I15', `${after.id} was bound to another act`)
  if (before?.usedAt != null && after.usedAt !== before.usedAt) complain('I15', `${after.id} was used twice`)
  if (after.usedAt !== null && after.status !== 'APPROVED') complain('I15', `${after.id} is ${after.status} and used`)
  const isDecided = before?.status === 'PENDING' && (after.status === 'APPROVED' || after.status === 'DENIED')
  if (isDecided && change.now >= after.expiresAt) complain('I14', `${after.id} was decided after its end`)
  if (before?.status === 'PENDING' && after.status === 'EXPIRED' && change.now < after.expiresAt) {
    complain('I14', `${after.id} expired ${after.expiresAt - change.now} ms early`)
  }
  if (after.status === 'APPROVED' && before?.status !== 'APPROVED') checkQuorum(sight, after)
  const isUsed = after.usedAt !== null && before?.usedAt === null
  if (isUsed && before.status === 'APPROVED' && change.now >= (before.grantExpiresAt ?? 0)) {
    complain('I15', `${after.id} was used after its grant had ended`)
  }
  if (after.riskLevel === 'RED' && !after.rollbackPlan?.trim()) complain('I15', `${after.id} is RED without a way back`)
}

function checkQuorum({ mirror, complain }: Sight, approval: Approval): void {
  const yes = approval.decisions.filter(({ verdict }) => verdict === 'APPROVE')
  const distinct = new Set(yes.map(({ principalId }) => principalId))
  const isRed = approval.riskLevel === 'RED'
  const needed = isRed ? rulesOf(mirror, approval.projectId).redQuorum : 1
  if (distinct.size < Math.min(needed, approval.requiredDecisions)) {
    complain('I16', `${approval.id} is APPROVED by ${distinct.size} of ${needed}`)
  }
  if (isRed && approval.requiredDecisions < needed && approval.createdAt > policyAt(mirror)) {
    complain('I16', `${approval.id} is RED and asks for ${approval.requiredDecisions}, not ${needed}`)
  }
  if (isRed && !yes.some(({ kind }) => kind === 'HUMAN'))
    complain('I16', `${approval.id} is RED, and no human approved`)
  const rules = rulesOf(mirror, approval.projectId)
  const isHumansOwn = approval.actionType === 'COMPLETE_TASK' && rules.reviewToDoneRequiresHuman
  if (isHumansOwn && !yes.some(({ kind }) => kind === 'HUMAN')) {
    complain('I16', `${approval.id} completes a task, and no human approved`)
  }
  const task = mirror.get('task', approval.taskId)
  const parties = new Set([...(task?.assigneeIds ?? []), ...(task?.workedBy ?? []), approval.onBehalfOfAgentId])
  for (const id of distinct) {
    const decider = mirror.get('principal', id)
    const isParty = decider?.agentId != null && inLineWith(mirror, decider.agentId, parties)
    if (id === approval.requesterId || isParty)
      complain('I16', `${decider?.displayName} approved its own ${approval.id}`)
    if (decider?.kind === 'HUMAN' && decider.role === 'VIEWER') complain('I16', `a VIEWER approved ${approval.id}`)
    if (decider?.projectIds !== 'ALL' && decider?.projectIds.includes(approval.projectId) === false) {
      complain('I29', `${decider.displayName} approved ${approval.id} of a project it may not enter`)
    }
  }
}

/** When the rules changed last. */
function policyAt(mirror: Mirror): number {
  return mirror
    .all('policy')
    .reduce((latest, { state, updatedAt }) => (state === 'ACTIVE' ? Math.max(latest, updatedAt) : latest), 0)
}

/** Whether the agent, one above it or one below it is among these. */
function inLineWith(mirror: Mirror, agentId: string, others: ReadonlySet<string | null>): boolean {
  const above = (id: string): string[] => {
    const parent = mirror.get('agent', id)?.parentAgentId ?? null
    return parent === null ? [id] : [id, ...above(parent)]
  }
  if (above(agentId).some((id) => others.has(id))) return true
  return [...others].some((id) => id !== null && above(id).includes(agentId))
}

/** I15, I18: what is dangerous or unknown begins only with a grant for exactly that. */
function checkCall({ mirror, complain }: Sight, change: Change, before: ToolCall | null, after: ToolCall): void {
  if (after.decision === 'ALLOW' && before?.decision !== 'ALLOW') {
    const agent = mirror.get('agent', after.agentId)
    const needsGrant = after.riskLevel === 'RED' || (after.riskLevel === 'YELLOW' && agent?.role === 'INTERN')
    if (needsGrant && after.grantId === null)
      complain('I15', `${after.id} (${after.toolName}) is ${after.riskLevel} and allowed`)
    if (after.inputPreview.includes('sudo')) complain('I18', `${after.id} is denied by every policy, and was allowed`)
    if (agent !== null && agent.status !== 'ACTIVE' && !(agent.status === 'PAUSED' && agent.pausedBy === 'BUDGET')) {
      complain('I8', `${after.id} was allowed to ${agent.name}, which is ${agent.status}`)
    }
  }
  if (after.status === 'RUNNING' && after.decision !== 'ALLOW')
    complain('I15', `${after.id} runs, decided ${after.decision}`)
  if (after.grantId === null || after.grantId === before?.grantId) return
  const grant = mirror.get('approval', after.grantId)
  if (grant === null) complain('I15', `${after.id} used ${after.grantId}, which is nothing`)
  else {
    if (grant.payloadHash !== after.payloadHash) complain('I15', `${grant.id} was used for another act`)
    if (grant.onBehalfOfAgentId !== after.agentId) complain('I15', `${grant.id} was used by another agent`)
    if (grant.taskEpoch !== null && grant.taskEpoch !== after.taskEpoch) {
      complain('I15', `${grant.id} of epoch ${grant.taskEpoch} was used in epoch ${after.taskEpoch}`)
    }
    if (grant.status !== 'APPROVED') complain('I15', `${after.id} used ${grant.id}, which is ${grant.status}`)
    const isNew = writtenOf(change, 'approval').some(
      (entry) => entry.after.id === grant.id && entry.before?.usedAt === null,
    )
    if (!isNew) complain('I15', `${after.id} used ${grant.id}, which had been used`)
  }
}

function checkReviewer({ mirror, complain }: Sight, taskId: string, reviewer: string): void {
  const task = mirror.get('task', taskId)
  const agentId = mirror.get('principal', reviewer)?.agentId ?? null
  if (task === null || agentId === null) return
  const parties = new Set([...task.assigneeIds, ...task.workedBy])
  if (inLineWith(mirror, agentId, parties)) {
    const isLate = mirror
      .all('review')
      .some((one) => one.taskId === taskId && one.reviewer === reviewer && one.version > 1)
    // Who reviewed a task may work on it later; the review was no party's then.
    if (!isLate) complain('I16', `${agentId} reviewed ${taskId}, to which it is a party`)
  }
}
