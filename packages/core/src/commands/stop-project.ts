import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { AGENTS_AT_ONCE_MAX, pauseAll, pauseAllScope } from '../effects/pause-agents.ts'
import {
  blockProjectWork,
  mayHaveLeftSome,
  projectRunsScope,
  projectWorkScope,
  stopProjectRuns,
} from '../effects/stop-project.ts'
import { refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import { inProject } from './inputs.ts'

/** What was stopped. */
export interface ProjectStopped {
  readonly agentsPaused: number
  readonly runsStopped: number
  readonly tasksBlocked: number
  /** Whether there may be more than one command takes. Nothing goes on meanwhile; ask again to settle it. */
  readonly isPartial: boolean
}

/**
 * Stops everything a project does, at once: it is PAUSED, its agents are paused, its runs stopped and the work under
 * way blocked. Requests stay, to be decided in quiet. Once this has returned, nothing starts.
 */
export const stopProject = projectCommand({
  name: 'projects.emergencyStop',
  summary: 'Stops everything a project does: mode, agents, runs and tasks.',
  input: z.strictObject({ ...inProject, reason: reasonSchema }),
  permission: 'agents.control',
  whenContained: 'refused',
  scope: ({ projectId }, _caller, seen) =>
    joinScopes(pauseAllScope(projectId), projectRunsScope(projectId, seen), projectWorkScope(projectId, seen)),
  decide(deciding, { reason }) {
    const { project, changes } = deciding
    if (deciding.agent !== null) return refuse(refusal('FORBIDDEN', 'a person decides that'))
    // A stricter mode stays.
    if (project.operatorMode === 'NORMAL' || project.operatorMode === 'DRAINING') {
      changes.update('project', project, { operatorMode: 'PAUSED' })
    }
    changes.event('OPERATOR_CONTROL', {
      subject: `project/${project.id}`,
      summary: `Emergency stop of ${project.name}`,
      reason,
      data: { action: 'EMERGENCY_STOP', from: project.operatorMode },
    })
    const agentsPaused = pauseAll(deciding, reason).length
    const runsStopped = stopProjectRuns(deciding)
    const tasksBlocked = blockProjectWork(deciding, `emergency stop: ${reason}`)
    const isPartial = agentsPaused >= AGENTS_AT_ONCE_MAX || mayHaveLeftSome({ runs: runsStopped, tasks: tasksBlocked })
    return accept<ProjectStopped>({ agentsPaused, runsStopped, tasksBlocked, isPartial })
  },
})
