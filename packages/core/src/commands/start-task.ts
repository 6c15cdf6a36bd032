import { z } from 'zod'
import { accept, projectCommand, refuse, refuseWithEffects } from '../decide/command.ts'
import { leaseProblem, own } from '../decide/own.ts'
import { workPlanOf } from '../effects/artifacts.ts'
import { capacitiesOf, judgeMove } from '../effects/judge-move.ts'
import { moveTask } from '../effects/move-task.ts'
import { refusedMove } from '../effects/refused-move.ts'
import { renewLease } from '../effects/renew-lease.ts'
import { taskScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import { epochInput, inProject, workPlanInput } from './inputs.ts'

/** Starts an ASSIGNED task with a work plan; takes the claim if nobody holds it. Starting what one already started changes nothing. */
export const startTask = projectCommand({
  name: 'tasks.start',
  summary: 'Starts an assigned task with a work plan of 3 to 6 bullets.',
  input: z.strictObject({
    ...inProject,
    taskId: refSchema,
    epoch: epochInput,
    workPlan: workPlanInput,
    /** For humans: the agent that works on it. */
    workerId: refSchema.optional(),
  }),
  permission: 'tasks.work',
  whenContained: 'refused',
  scope: ({ projectId, taskId, workerId }, caller, seen) =>
    taskScope(
      projectId,
      taskId,
      seen,
      [caller.agentId, workerId].filter((id) => id != null),
    ),
  decide(deciding, { taskId, epoch, workPlan, workerId }) {
    const { agent, snapshot } = deciding
    const { record: task, problem } = own(deciding, 'task', taskId)
    if (problem !== null) return refuse(problem)
    if (task.claim !== null || epoch !== undefined) {
      const lost = leaseProblem(deciding, task, epoch)
      if (lost !== null) return refuse(lost)
    }
    if (task.status === 'IN_PROGRESS' && agent !== null && task.claim?.agentId === agent.id) return accept(task)
    const worker = agent ?? (workerId === undefined ? null : snapshot.get('agent', workerId))
    const planned = { ...task, workPlan: workPlanOf(workPlan) }
    const refused = judgeMove(deciding, {
      task: planned,
      from: task.status,
      to: 'IN_PROGRESS',
      reason: null,
      capacities: capacitiesOf(deciding, task, new Map()),
      worker: worker?.projectId === task.projectId ? worker : null,
    })
    if (refused !== null || worker === null) {
      return refused === null ? accept(task) : refuseWithEffects(refusedMove(deciding, task, 'IN_PROGRESS', refused))
    }
    const assigneeIds = task.assigneeIds.includes(worker.id) ? task.assigneeIds : [...task.assigneeIds, worker.id]
    const started = moveTask(deciding, {
      task,
      to: 'IN_PROGRESS',
      assigneeIds,
      holderId: worker.id,
      fields: { workPlan: planned.workPlan },
    })
    renewLease(deciding, task)
    return accept(started)
  },
})
