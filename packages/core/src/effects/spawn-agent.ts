import { accept, type DecidingInProject, type Decision, refuse, refuseWithEffects } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { SYSTEM_ID } from '../model/ids.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Scope } from '../ports/storage.ts'
import { type Evaluation, evaluate } from '../rules/policy/evaluate.ts'
import { redactJson } from '../rules/redaction.ts'
import { sightOf } from './call-sight.ts'
import { consumeGrant } from './consume-grant.ts'
import { liftableCodes } from './evaluate-call.ts'
import { openApproval, parkTask } from './open-approval.ts'
import { type SpawnOutlook, type SpawnRequest, spawnScope as scopeOf, spawnOutlook } from './spawn-outlook.ts'
import { type Registered, writeAgent } from './write-agent.ts'

export type { SpawnRequest } from './spawn-outlook.ts'

/** What spawning reads. */
export function spawnScope(request: SpawnRequest, seen: Snapshot | null): Scope {
  return scopeOf(request, sightOf(seen, request.projectId), seen)
}

/**
 * Makes a sub-agent: within the quotas at once, beyond them with an approval, and never beyond its parent. What is
 * refused is recorded. Registration with a parent comes here as well, so there is no other door.
 */
export function spawnAgent(deciding: DecidingInProject, request: SpawnRequest): Decision<Registered> {
  const { snapshot, project, changes } = deciding
  const outlook = spawnOutlook(deciding, request)
  if (outlook === null) return refuse(refusal('NOT_FOUND', `no such agent: ${request.parentAgentId}`))
  if (snapshot.find('agentByName', project.id, request.name).length > 0) {
    const errors = [{ field: 'name', message: 'is taken' }]
    return refuse(refusal('DUPLICATE', `there is an agent ${request.name}`, { errors }))
  }
  changes.policyVersion = outlook.policy?.version ?? null
  const evaluation = judge(deciding, outlook)
  if (evaluation.decision !== 'ALLOW') {
    return refuseWithEffects(refusedSpawn(deciding, request, outlook, evaluation))
  }
  if (evaluation.usesGrant && outlook.grant !== null) {
    consumeGrant(deciding, outlook.grant, `agent/${request.name}`)
    record(deciding, outlook, evaluation, outlook.grant.id)
  }
  return accept(spawned(deciding, request, outlook))
}

function judge(deciding: DecidingInProject, { parent, task, policy, violations, grant }: SpawnOutlook): Evaluation {
  const { snapshot, agent, project, mode } = deciding
  // What was counted: the sub-agents of the parent, and the agents of the installation.
  snapshot.get('workload', parent.id)
  snapshot.get('system', SYSTEM_ID)
  snapshot.get('agent', parent.id)
  if (task !== null) snapshot.get('task', task.id)
  return evaluate({
    action: 'SPAWN',
    identity: {
      isThisAgent: agent === null || agent.id === parent.id,
      inProject: parent.projectId === project.id,
      epochCurrent: true,
    },
    policy,
    operatorMode: mode,
    agent: { ...parent, draining: parent.drainRequestedAt !== null },
    run: null,
    // Whether the task is held, and in which state it must be, is judged among the quotas.
    task: null,
    assessment: null,
    riskLevel: policy?.risks.get('agent.spawn') ?? 'RED',
    budgets: [],
    extraViolations: violations,
    grant: grant === null ? null : { covers: grant.covers },
  })
}

function refusedSpawn(
  deciding: DecidingInProject,
  request: SpawnRequest,
  outlook: SpawnOutlook,
  evaluation: Evaluation,
): Refusal {
  const { reason, violations } = evaluation
  if (evaluation.decision === 'DENY') {
    record(deciding, outlook, evaluation, null)
    const denied = violations.filter(({ verdict }) => verdict === 'DENY')
    const isOfSpawn = denied.some(({ code }) => code === 'SPAWN_REFUSED')
    return refusal(isOfSpawn ? 'SPAWN_REFUSED' : 'POLICY_DENIED', reason, {
      violations: denied.map(({ step, code, detail }) => ({ step, code, detail })),
    })
  }
  const { parent, task, child } = outlook
  const riskLevel = evaluation.riskLevel === 'RED' ? 'RED' : 'YELLOW'
  if (riskLevel === 'RED' && request.rollbackPlan === undefined) {
    record(deciding, outlook, evaluation, null)
    return refusal('POLICY_DENIED', `${reason}; RED is asked for with a rollbackPlan`)
  }
  const approval = openApproval(deciding, {
    actionType: 'SPAWN',
    riskLevel,
    actionSummary: `Spawn ${child.role} ${child.name}`,
    justification: request.justification ?? `${parent.name} asks because ${reason}. Purpose: ${child.purpose}`,
    rollbackPlan: request.rollbackPlan ?? null,
    payload: outlook.payload,
    agentId: parent.id,
    taskId: task?.id ?? null,
    taskEpoch: task?.epoch ?? null,
    covers: liftableCodes(violations),
  })
  if (task !== null) parkTask(deciding, task, approval)
  record(deciding, outlook, evaluation, approval.id)
  return refusal('APPROVAL_REQUIRED', reason, {
    approvalIds: [approval.id],
    errors: [{ field: 'approvalId', message: approval.id }],
  })
}

function record(
  deciding: DecidingInProject,
  outlook: SpawnOutlook,
  evaluation: Evaluation,
  approvalId: string | null,
): void {
  const { changes, project } = deciding
  const { decision, riskLevel, reason, violations, hint } = evaluation
  const about = { taskId: outlook.task?.id ?? null, agentId: outlook.parent.id, runId: null }
  const kept = changes.insert('decision', {
    projectId: project.id,
    action: 'SPAWN',
    ...about,
    toolCallId: null,
    capability: 'agent.spawn',
    decision,
    riskLevel,
    reason,
    violations: [...violations],
    facts: redactJson(outlook.payload).value,
    approvalId,
    hint,
    budget: null,
    payloadHash: outlook.payloadHash,
    policyVersion: changes.policyVersion,
  })
  changes.event('POLICY_DECISION', {
    subject: `decision/${kept.id}`,
    summary: `SPAWN: ${decision}, ${reason}`,
    reason,
    data: {
      action: 'SPAWN',
      decision,
      riskLevel,
      violations: violations.map(({ step, code, detail }) => ({ step, code, detail })),
      payloadHash: outlook.payloadHash,
      approvalId,
    },
    ...about,
  })
}

function spawned(deciding: DecidingInProject, request: SpawnRequest, outlook: SpawnOutlook): Registered {
  const { changes, snapshot, now } = deciding
  const { parent, task, policy, child } = outlook
  const ttlMs = policy?.spawn.ttlMs ?? 0
  const made = writeAgent(deciding, {
    ...child,
    allowedTaskTypes: child.types,
    isCao: false,
    spawn: {
      parentAgentId: parent.id,
      parentTaskId: task?.id ?? '',
      purpose: child.purpose ?? '',
      ttlAt: now + Math.min(request.ttlMs ?? ttlMs, ttlMs),
    },
  })
  // Both were counted; whoever spawns at the same moment looks again.
  const workload = snapshot.get('workload', parent.id)
  if (workload !== null) changes.update('workload', workload, {})
  const system = snapshot.get('system', SYSTEM_ID)
  if (system !== null) changes.update('system', system, {})
  changes.event('AGENT_SPAWNED', {
    subject: `agent/${made.agentId}`,
    summary: `${parent.name} spawned ${child.name} as ${child.role}`,
    reason: child.purpose,
    data: { parentAgentId: parent.id, parentTaskId: task?.id ?? null, ttlAt: made.agent.ttlAt },
    taskId: task?.id ?? null,
    agentId: parent.id,
  })
  return made
}
