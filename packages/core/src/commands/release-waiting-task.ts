import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { isAnyPending, releaseTask } from '../effects/release-task.ts'
import { taskScope } from '../effects/task-scope.ts'
import { refSchema } from '../model/ids.ts'
import { inProject } from './inputs.ts'

/**
 * Moves on a task that waits for decisions which have all been made: the last of them says where to. Decisions move
 * their tasks themselves; this is for those whose request ended with its agent, and for crowds behind one budget.
 */
export const releaseWaitingTask = projectCommand({
  name: 'tasks.release',
  summary: 'Moves on a task that waits for nothing any more; for the sweep.',
  input: z.strictObject({ ...inProject, taskId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId, taskId }, _caller, seen) => taskScope(projectId, taskId, seen),
  decide(deciding, { taskId }) {
    const { snapshot, changes } = deciding
    const { record: task, problem } = own(deciding, 'task', taskId)
    if (problem !== null) return refuse(problem)
    if (task.status !== 'NEEDS_APPROVAL' || isAnyPending(deciding, task)) return accept(task)
    const decided = task.waitingFor.map((id) => snapshot.get('approval', id)).filter((approval) => approval !== null)
    const [last] = decided.sort((one, other) => (other.decidedAt ?? 0) - (one.decidedAt ?? 0))
    if (last === undefined) return accept(task)
    releaseTask(deciding, task, last, `${last.status}: ${last.actionSummary}`)
    return accept(changes.current('task', task))
  },
})
