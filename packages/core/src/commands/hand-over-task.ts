import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { leaseProblem, own } from '../decide/own.ts'
import { workerProblems } from '../effects/judge-move.ts'
import { intervalOf } from '../effects/move-task.ts'
import { stopRuns } from '../effects/stop-runs.ts'
import { taskScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import { claimLeaseMs } from '../rules/lease.ts'
import { isActiveWork } from '../rules/task-lifecycle.ts'
import { epochInput, inProject } from './inputs.ts'

/** Gives a held task to another eligible agent. The epoch rises, so the old holder can write nothing any more. */
export const handOverTask = projectCommand({
  name: 'tasks.handover',
  summary: 'Gives a held task to another eligible agent.',
  input: z.strictObject({
    ...inProject,
    taskId: refSchema,
    toAgentId: refSchema,
    epoch: epochInput,
    reason: reasonSchema,
  }),
  permission: 'tasks.work',
  whenContained: 'refused',
  scope: ({ projectId, taskId, toAgentId }, _caller, seen) => taskScope(projectId, taskId, seen, [toAgentId]),
  decide(deciding, { taskId, toAgentId, epoch, reason }) {
    const { changes, snapshot, agent, principal, now } = deciding
    const { record: task, problem } = own(deciding, 'task', taskId)
    if (problem !== null) return refuse(problem)
    const { record: heir, problem: unknown } = own(deciding, 'agent', toAgentId)
    if (unknown !== null) return refuse(unknown)
    if (task.claim?.agentId === heir.id) return accept(task)
    const isLead = agent?.role === 'LEAD' && heir.id !== agent.id
    const mayGive = principal?.kind === 'HUMAN' || isLead
    const lost = mayGive ? null : leaseProblem(deciding, task, epoch)
    if (lost !== null) return refuse(lost)
    const problems = isActiveWork(task.status)
      ? workerProblems(deciding, heir, task, false)
      : [`the task is ${task.status}`]
    if (problems.length > 0) {
      return refuse(
        refusal('TRANSITION_REFUSED', `${heir.name} may not take over ${task.id}`, {
          errors: problems.map((message) => ({ field: 'toAgentId', message })),
          allowed: [],
        }),
      )
    }
    const from = task.claim?.agentId ?? null
    const workload = snapshot.get('workload', heir.id)
    if (workload !== null && !workload.activeTaskIds.includes(task.id)) {
      changes.update('workload', workload, { activeTaskIds: [...workload.activeTaskIds, task.id] })
    }
    const nextEpoch = task.epoch + 1
    const updated = changes.update('task', task, {
      assigneeIds: [...new Set([...task.assigneeIds, heir.id])],
      claim: { agentId: heir.id, leaseUntil: now + claimLeaseMs(intervalOf(deciding, heir.id)), epoch: nextEpoch },
      epoch: nextEpoch,
      workedBy: [...new Set([...task.workedBy, heir.id])],
      lapsedAt: null,
    })
    stopRuns(deciding, snapshot.find('openRunsOfTask', task.id), 'CANCELED')
    changes.event('CLAIM_HANDED_OVER', {
      subject: `task/${task.id}`,
      summary: `${task.title}: handed over to ${heir.name}`,
      reason,
      data: { from, to: heir.id, epoch: nextEpoch },
      taskId: task.id,
    })
    return accept(updated)
  },
})
