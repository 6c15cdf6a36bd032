import type { DecidingInProject } from '../decide/command.ts'
import type { Refusal } from '../model/refusal.ts'
import type { Task, TaskStatus } from '../model/task.ts'

/** Records that a move was refused, and why, as the only effect of the command; gives the refusal back. */
export function refusedMove(deciding: DecidingInProject, task: Task, to: TaskStatus, refused: Refusal): Refusal {
  deciding.changes.discard()
  deciding.changes.event('TASK_REFUSED', {
    subject: `task/${task.id}`,
    summary: `Refused ${task.status} → ${to}: ${refused.code}`,
    reason: refused.detail,
    data: {
      from: task.status,
      to,
      code: refused.code,
      errors: (refused.errors ?? []).map((error) => `${error.field}: ${error.message}`),
    },
    taskId: task.id,
  })
  return refused
}
