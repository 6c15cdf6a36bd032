import type { DecidingInProject } from '../decide/command.ts'
import type { Task } from '../model/task.ts'
import { cancelApprovals } from './cancel-approvals.ts'
import { approvalsOf } from './task-lists.ts'

/** Voids what was asked or granted for an earlier deliverable of the task: no later one may pass on it. */
export function voidCompletion(deciding: DecidingInProject, task: Task, reason: string): void {
  const ofDeliverable = approvalsOf(deciding, task.id).filter(
    ({ actionType, usedAt }) => actionType === 'COMPLETE_TASK' && usedAt === null,
  )
  cancelApprovals(deciding, ofDeliverable, reason)
}
