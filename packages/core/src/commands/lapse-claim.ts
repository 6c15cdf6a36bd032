import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { moveTask } from '../effects/move-task.ts'
import { taskScope } from '../effects/task-scope.ts'
import { timeOutRunScope, timeOutRuns } from '../effects/time-out-run.ts'
import { refSchema } from '../model/ids.ts'
import { GRACE_MS, isAbandoned } from '../rules/lease.ts'
import { inProject } from './inputs.ts'

/**
 * Moves a task on whose holder fell silent: ASSIGNED to INBOX at once; a started one to ASSIGNED after the grace,
 * its runs timed out at the end of the lease; to INBOX after a second grace when no assignee is ACTIVE. One that was
 * assigned and never taken goes back to INBOX once all its assignees are OFFLINE or DRAINED.
 * Before its time, or done already, it changes nothing, so any number of hosts may ask.
 */
export const lapseClaim = projectCommand({
  name: 'tasks.lapse',
  summary: 'Moves a task on whose lease has run out.',
  input: z.strictObject({ ...inProject, taskId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId, taskId }, _caller, seen) =>
    joinScopes(taskScope(projectId, taskId, seen), timeOutRunScope(projectId, taskId, seen)),
  decide(deciding, { taskId }) {
    const { snapshot, changes, now } = deciding
    const { record: task, problem } = own(deciding, 'task', taskId)
    if (problem !== null) return refuse(problem)
    const leaseUntil = task.claim?.leaseUntil ?? null
    if (leaseUntil !== null && leaseUntil > now) return accept({ moved: false, status: task.status })

    if (task.status === 'ASSIGNED' && leaseUntil !== null) {
      expired(deciding, task.id, task.claim?.agentId ?? null)
      return accept({
        moved: true,
        status: moveTask(deciding, { task, to: 'INBOX', reason: 'the lease lapsed' }).status,
      })
    }
    if (task.status === 'IN_PROGRESS' && leaseUntil !== null) {
      timeOutRuns(deciding, snapshot.find('openRunsOfTask', task.id))
      if (now < leaseUntil + GRACE_MS) return accept({ moved: !changes.isEmpty, status: task.status })
      expired(deciding, task.id, task.claim?.agentId ?? null)
      const moved = moveTask(deciding, {
        task,
        to: 'ASSIGNED',
        reason: 'the lease and its grace lapsed',
        fields: { lapsedAt: now },
      })
      return accept({ moved: true, status: moved.status })
    }
    if (task.status !== 'ASSIGNED' || task.claim !== null) return accept({ moved: false, status: task.status })
    if (task.lapsedAt === null) {
      // Nobody has started it; whoever was to do it has gone away.
      const isLeft = isAbandoned(task.assigneeIds.map((id) => snapshot.get('agent', id)))
      if (!isLeft) return accept({ moved: false, status: task.status })
      const moved = moveTask(deciding, { task, to: 'INBOX', reason: 'all its assignees are offline or drained' })
      return accept({ moved: true, status: moved.status })
    }
    if (now < task.lapsedAt + GRACE_MS) return accept({ moved: false, status: task.status })
    const someoneCan = task.assigneeIds.some((id) => snapshot.get('agent', id)?.status === 'ACTIVE')
    if (someoneCan) return accept({ moved: false, status: task.status })
    const moved = moveTask(deciding, { task, to: 'INBOX', reason: 'no assignee is active' })
    return accept({ moved: true, status: moved.status })
  },
})

function expired(deciding: Parameters<typeof moveTask>[0], taskId: string, agentId: string | null): void {
  deciding.changes.event('CLAIM_EXPIRED', {
    subject: `task/${taskId}`,
    summary: 'The claim expired: its holder was silent',
    taskId,
    agentId,
  })
}
