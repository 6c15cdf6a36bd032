import type { DecidingInProject } from '../decide/command.ts'
import type { Task } from '../model/task.ts'
import { cancelApprovals } from './cancel-approvals.ts'

/** Voids what was asked or granted for an earlier deliverable of the task: no later one may pass on it. */
export function voidCompletion(deciding: DecidingInProject, task: Task, reason: string): void {
  const { changes, snapshot } = deciding
  const ofDeliverable = snapshot
    .find('approvalsOfTask', task.id)
    .filter(({ actionType }) => actionType === 'COMPLETE_TASK')
    .filter((approval) => changes.current('approval', approval).usedAt === null)
  cancelApprovals(deciding, ofDeliverable, reason)
}
