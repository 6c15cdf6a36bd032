import { z } from 'zod'
import { accept, projectCommand, refuse, refuseWithEffects } from '../decide/command.ts'
import { own, strangerProblem, versionProblem } from '../decide/own.ts'
import { capacitiesOf, judgeMove } from '../effects/judge-move.ts'
import { moveTask } from '../effects/move-task.ts'
import { refusedMove } from '../effects/refused-move.ts'
import { taskScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import { refusal } from '../model/refusal.ts'
import { expectedVersionInput, inProject } from './inputs.ts'

/** Gives a task to agents. In ASSIGNED it changes who is assigned; a holder stays unless a human takes it off. */
export const assignTask = projectCommand({
  name: 'tasks.assign',
  summary: 'Assigns an INBOX or ASSIGNED task to agents.',
  input: z.strictObject({
    ...inProject,
    taskId: refSchema,
    assigneeIds: z.array(refSchema).min(1).max(20),
    expectedVersion: expectedVersionInput,
  }),
  permission: 'tasks.assign',
  whenContained: 'refused',
  scope: ({ projectId, taskId, assigneeIds }, _caller, seen) => taskScope(projectId, taskId, seen, assigneeIds),
  decide(deciding, given) {
    const { record: task, problem } = own(deciding, 'task', given.taskId)
    if (problem !== null) return refuse(problem)
    const conflict = versionProblem(task, given.expectedVersion)
    if (conflict !== null) return refuse(conflict)
    const assigneeIds = [...new Set(given.assigneeIds)]
    const stranger = strangerProblem(deciding, assigneeIds)
    if (stranger !== null) return refuse(stranger)
    if (task.status !== 'INBOX' && task.status !== 'ASSIGNED') {
      return refuse(
        refusal('TRANSITION_REFUSED', `${task.id} is ${task.status}; assign works in INBOX and ASSIGNED`, {
          allowed: [],
        }),
      )
    }
    const holder = task.claim?.agentId ?? null
    if (holder !== null && !assigneeIds.includes(holder) && deciding.agent !== null) {
      return refuse(refusal('FORBIDDEN', 'only a human takes a task from its holder'))
    }
    const capacities = capacitiesOf(deciding, task, new Map()).filter((capacity) => capacity !== 'CLAIMANT')
    const refused = judgeMove(deciding, {
      task: { ...task, status: 'INBOX', assigneeIds },
      from: 'INBOX',
      to: 'ASSIGNED',
      reason: null,
      capacities,
    })
    if (refused !== null) return refuseWithEffects(refusedMove(deciding, task, 'ASSIGNED', refused))
    if (task.status === 'INBOX') return accept(moveTask(deciding, { task, to: 'ASSIGNED', assigneeIds }))
    return accept(reassign(deciding, task, assigneeIds))
  },
})

function reassign(
  deciding: Parameters<typeof capacitiesOf>[0],
  task: Parameters<typeof moveTask>[1]['task'],
  assigneeIds: string[],
) {
  const { changes, snapshot } = deciding
  const keepsHolder = task.claim !== null && assigneeIds.includes(task.claim.agentId)
  const epoch = task.claim === null || keepsHolder ? task.epoch : task.epoch + 1
  const updated = changes.update('task', task, { assigneeIds, claim: keepsHolder ? task.claim : null, epoch })
  for (const agentId of new Set([...task.assigneeIds, ...assigneeIds])) {
    const workload = snapshot.get('workload', agentId)
    if (workload === null) continue
    const others = workload.activeTaskIds.filter((id) => id !== task.id)
    changes.update('workload', workload, {
      activeTaskIds: assigneeIds.includes(agentId) ? [...others, task.id] : others,
    })
  }
  changes.event('TASK_UPDATED', {
    subject: `task/${task.id}`,
    summary: `${task.title}: assigned to ${assigneeIds.length} agents`,
    data: { assigneeIds, epoch },
    taskId: task.id,
  })
  return updated
}
