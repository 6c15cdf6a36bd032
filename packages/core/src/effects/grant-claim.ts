import { accept, type Caller, type DecidingInProject, type Decision, joinScopes, refuse } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Agent } from '../model/agent.ts'
import { refusal } from '../model/refusal.ts'
import type { Task } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { agentDayScope } from './account-scope.ts'
import { type WorkPlanInput, workPlanOf } from './artifacts.ts'
import { followersScope } from './followers.ts'
import { judgeMove, workerProblems } from './judge-move.ts'
import { moveTask } from './move-task.ts'
import { policyScope } from './policy-in-force.ts'
import { agentScope } from './task-scope.ts'

/** What the new holder is told: the task, and the epoch every later write must carry. */
export interface Claimed {
  readonly task: Task
  readonly epoch: number
  readonly leaseUntil: number
}

export function claimedOf(task: Task): Claimed {
  return { task, epoch: task.epoch, leaseUntil: task.claim?.leaseUntil ?? 0 }
}

/** What a claim of this task has to read. */
export function claimScope(projectId: string, taskId: string, caller: Caller, seen: Snapshot | null): Scope {
  return joinScopes(
    { records: [{ kind: 'task', id: taskId }] },
    followersScope(taskId),
    policyScope(projectId),
    caller.agentId === null ? {} : agentScope(caller.agentId),
    caller.agentId === null ? {} : agentDayScope(projectId, caller.agentId, seen),
    seen?.has('task', taskId) === true
      ? { records: (seen.peek('task', taskId)?.dependsOn ?? []).map((id) => ({ kind: 'task' as const, id })) }
      : {},
  )
}

/** Gives an INBOX task to the agent, if it may have it. With a plan it also starts. */
export function grantClaim(
  deciding: DecidingInProject,
  agent: Agent,
  task: Task,
  workPlan: WorkPlanInput | undefined,
): Decision<Claimed> {
  const problems = workerProblems(deciding, agent, task, true)
  if (problems.length > 0) {
    return refuse(
      refusal('TRANSITION_REFUSED', `${agent.name} may not claim ${task.id}`, {
        errors: problems.map((message) => ({ field: 'agent', message })),
        allowed: [],
      }),
    )
  }
  const assigned = moveTask(deciding, { task, to: 'ASSIGNED', assigneeIds: [agent.id], holderId: agent.id })
  deciding.changes.event('CLAIM_GRANTED', {
    subject: `task/${task.id}`,
    summary: `${agent.name} claimed ${task.title}`,
    data: { epoch: assigned.epoch, leaseUntil: assigned.claim?.leaseUntil ?? null },
    taskId: task.id,
  })
  if (workPlan === undefined) return accept(claimedOf(assigned))

  const planned = { ...assigned, workPlan: workPlanOf(workPlan) }
  const refused = judgeMove(deciding, {
    task: planned,
    from: 'ASSIGNED',
    to: 'IN_PROGRESS',
    reason: null,
    capacities: ['WORKER'],
    worker: agent,
  })
  if (refused !== null) return refuse(refused)
  return accept(
    claimedOf(moveTask(deciding, { task: assigned, to: 'IN_PROGRESS', fields: { workPlan: planned.workPlan } })),
  )
}
