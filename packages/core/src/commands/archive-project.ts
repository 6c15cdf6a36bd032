import { z } from 'zod'
import { accept, type DecidingInProject, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { asSystem } from '../effects/as-system.ts'
import { cancelApprovals } from '../effects/cancel-approvals.ts'
import { moveTask } from '../effects/move-task.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import { inProject } from './inputs.ts'

/** Most tasks in work, and most pending approvals, that one archiving settles. */
const SETTLED_MAX = 100
const HELD = ['ASSIGNED', 'IN_PROGRESS'] as const

/**
 * Closes a project for good: leases are released, pending approvals withdrawn, and from then on everything is
 * read-only. Nothing is ever deleted. While a run goes on it is refused, because its cost is still to come.
 */
export const archiveProject = projectCommand({
  name: 'projects.archive',
  summary: 'Makes a project read-only for good; its leases are released and its pending approvals withdrawn.',
  input: z.strictObject({ ...inProject, reason: reasonSchema }),
  permission: 'projects.admin',
  whenContained: 'refused',
  scope: ({ projectId }, _caller, seen) => {
    const base = joinScopes({
      lookups: [
        { lookup: 'openRunsOfProject', values: [projectId], limit: 1 },
        { lookup: 'pendingApprovalsOfProject', values: [projectId], limit: SETTLED_MAX },
        ...HELD.map(
          (status) => ({ lookup: 'tasksByStatus', values: [projectId, status], limit: SETTLED_MAX }) as const,
        ),
      ],
    })
    const tasks = HELD.flatMap((status) =>
      seen?.hasLookup('tasksByStatus', [projectId, status]) === true
        ? seen.find('tasksByStatus', projectId, status)
        : [],
    )
    const agentIds = [...new Set(tasks.flatMap(({ assigneeIds }) => assigneeIds))]
    return joinScopes(base, { records: agentIds.map((id) => ({ kind: 'workload', id })) })
  },
  decide(deciding, { reason }) {
    const { snapshot, changes, project } = deciding
    const tasks = HELD.flatMap((status) => snapshot.find('tasksByStatus', project.id, status))
    const approvals = snapshot.find('pendingApprovalsOfProject', project.id)
    const problem = obstacle(deciding, tasks.length, approvals.length)
    if (problem !== null) return refuse(problem)

    const why = `the project is archived: ${reason}`
    cancelApprovals(deciding, approvals, why)
    for (const task of tasks) {
      moveTask(asSystem(deciding), { task, to: task.status === 'ASSIGNED' ? 'INBOX' : 'ASSIGNED', reason: why })
    }
    const archived = changes.update('project', project, { status: 'ARCHIVED' })
    changes.event('PROJECT_ARCHIVED', {
      subject: `project/${project.id}`,
      summary: `Project ${project.slug} was archived`,
      reason,
      data: { releasedTasks: tasks.length, canceledApprovals: approvals.length },
    })
    return accept(archived)
  },
})

function obstacle({ snapshot, project }: DecidingInProject, tasks: number, approvals: number): Refusal | null {
  const [run] = snapshot.find('openRunsOfProject', project.id)
  const message =
    run !== undefined
      ? `run ${run.id} is still going on`
      : tasks >= SETTLED_MAX || approvals >= SETTLED_MAX
        ? 'too much is under way; drain the project first'
        : null
  if (message === null) return null
  return refusal('VALIDATION', 'the project cannot be archived now', { errors: [{ field: 'projectId', message }] })
}
