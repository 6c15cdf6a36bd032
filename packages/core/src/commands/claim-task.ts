import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { agentDayScope } from '../effects/account-scope.ts'
import { workPlanOf } from '../effects/artifacts.ts'
import { followersScope } from '../effects/followers.ts'
import { judgeMove, workerProblems } from '../effects/judge-move.ts'
import { moveTask } from '../effects/move-task.ts'
import { policyScope } from '../effects/policy-in-force.ts'
import { agentScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import type { Task } from '../model/task.ts'
import { inProject, workPlanInput } from './inputs.ts'

const input = z.strictObject({ ...inProject, taskId: refSchema, workPlan: workPlanInput.optional() })

/** What the new holder is told: the task, and the epoch every later write must carry. */
export interface Claimed {
  readonly task: Task
  readonly epoch: number
  readonly leaseUntil: number
}

function claimed(task: Task): Claimed {
  return { task, epoch: task.epoch, leaseUntil: task.claim?.leaseUntil ?? 0 }
}

/**
 * Takes an unassigned task for the calling agent. Of any number of callers exactly one gets it; the others are
 * refused with CLAIM_LOST and the owner. Claiming what one already holds changes nothing. With a plan it also starts.
 */
export const claimTask = projectCommand({
  name: 'tasks.claim',
  summary: 'Takes an INBOX task for the calling agent; exactly one caller wins.',
  input,
  permission: 'tasks.claim',
  whenContained: 'refused',
  scope: ({ projectId, taskId }, caller, seen) =>
    joinScopes(
      { records: [{ kind: 'task', id: taskId }] },
      followersScope(taskId),
      policyScope(projectId),
      caller.agentId === null ? {} : agentScope(caller.agentId),
      caller.agentId === null ? {} : agentDayScope(projectId, caller.agentId, seen),
      seen?.has('task', taskId) === true
        ? { records: (seen.peek('task', taskId)?.dependsOn ?? []).map((id) => ({ kind: 'task' as const, id })) }
        : {},
    ),
  decide(deciding, { taskId, workPlan }) {
    const { agent, changes } = deciding
    if (agent === null) return refuse(refusal('FORBIDDEN', 'only an agent claims a task; a human assigns it'))
    const { record: task, problem } = own(deciding, 'task', taskId)
    if (problem !== null) return refuse(problem)
    if (task.claim?.agentId === agent.id) return accept(claimed(task))
    if (task.status !== 'INBOX') {
      const owner = task.claim?.agentId ?? task.assigneeIds[0] ?? null
      return refuse(refusal('CLAIM_LOST', `${task.id} is ${task.status}`, { owner }))
    }
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
    changes.event('CLAIM_GRANTED', {
      subject: `task/${task.id}`,
      summary: `${agent.name} claimed ${task.title}`,
      data: { epoch: assigned.epoch, leaseUntil: assigned.claim?.leaseUntil ?? null },
      taskId: task.id,
    })
    if (workPlan === undefined) return accept(claimed(assigned))

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
      claimed(moveTask(deciding, { task: assigned, to: 'IN_PROGRESS', fields: { workPlan: planned.workPlan } })),
    )
  },
})
