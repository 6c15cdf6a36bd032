import { z } from 'zod'
import { accept, type DecidingInProject, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { moveTask } from '../effects/move-task.ts'
import { projectRunsScope, stopProjectRuns } from '../effects/stop-project.ts'
import { OPERATOR_MODES } from '../model/project.ts'
import { refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import type { Scope } from '../ports/storage.ts'
import { inProject } from './inputs.ts'

const TASKS_MAX = 200

/**
 * Sets how much a project may do: NORMAL, DRAINING, PAUSED or QUARANTINED. Draining gives back what was claimed and
 * not begun; quarantine stops the runs. Once this has returned, nothing starts that the old mode would have allowed.
 */
export const setOperatorMode = projectCommand({
  name: 'projects.setOperatorMode',
  summary: 'Sets the operator mode of a project.',
  input: z.strictObject({ ...inProject, mode: z.enum(OPERATOR_MODES), reason: reasonSchema }),
  permission: 'agents.control',
  whenContained: 'refused',
  scope: ({ projectId, mode }, _caller, seen) => {
    if (mode === 'QUARANTINED') return projectRunsScope(projectId, seen)
    return mode === 'DRAINING' ? unstartedScope(projectId, seen) : {}
  },
  decide(deciding, { mode, reason }) {
    const { project, changes } = deciding
    if (deciding.agent !== null) return refuse(refusal('FORBIDDEN', 'a human sets the operator mode'))
    if (project.operatorMode === mode) return accept(project)
    const updated = changes.update('project', project, { operatorMode: mode })
    changes.event('OPERATOR_CONTROL', {
      subject: `project/${project.id}`,
      summary: `Operator mode ${project.operatorMode} → ${mode}`,
      reason,
      data: { from: project.operatorMode, to: mode },
    })
    if (mode === 'QUARANTINED') stopProjectRuns(deciding)
    if (mode === 'DRAINING') giveBackUnstarted(deciding)
    return accept(updated)
  },
})

function unstartedScope(projectId: string, seen: Snapshot | null): Scope {
  const isSeen = seen?.hasLookup('tasksByStatus', [projectId, 'ASSIGNED']) === true
  const tasks = isSeen ? seen.find('tasksByStatus', projectId, 'ASSIGNED') : []
  const agentIds = [...new Set(tasks.flatMap(({ assigneeIds }) => assigneeIds))]
  return joinScopes(
    { lookups: [{ lookup: 'tasksByStatus', values: [projectId, 'ASSIGNED'], limit: TASKS_MAX }] },
    { records: agentIds.map((id) => ({ kind: 'workload', id })) },
  )
}

/** Claims that nobody has begun to work on lapse at once; what was assigned by others stays assigned. */
function giveBackUnstarted(deciding: DecidingInProject): void {
  const assigned = deciding.snapshot.find('tasksByStatus', deciding.project.id, 'ASSIGNED')
  for (const task of assigned.filter(({ claim }) => claim !== null)) {
    moveTask(deciding, { task, to: 'INBOX', reason: 'the project is draining' })
  }
}
