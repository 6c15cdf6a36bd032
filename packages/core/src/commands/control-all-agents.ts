import { z } from 'zod'
import { accept, type DecidingInProject, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { AGENTS_AT_ONCE_MAX, pauseAll, pauseAllScope, resumeAll, resumeAllScope } from '../effects/pause-agents.ts'
import type { Agent } from '../model/agent.ts'
import { refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import { inProject } from './inputs.ts'

/** What became of the agents of a project. */
export interface ControlledAll {
  readonly paused: number
  readonly resumed: number
  /** Who still does not work, by what keeps it from it. */
  readonly stillPaused: { readonly budget: number; readonly error: number; readonly quarantined: number }
  /** Whether there may be more than one command takes; ask again. */
  readonly isPartial: boolean
}

/** Pauses all agents of a project, or ends the pauses that an operator made: those for money or errors stay. */
export const controlAllAgents = projectCommand({
  name: 'agents.controlAll',
  summary: 'Pauses all agents of a project, or resumes those that an operator paused.',
  input: z.strictObject({ ...inProject, action: z.enum(['PAUSE_ALL', 'RESUME_ALL']), reason: reasonSchema }),
  permission: 'agents.control',
  whenContained: 'refused',
  scope: ({ projectId, action }, _caller, seen) =>
    joinScopes(
      resumeAllScope(projectId, action === 'RESUME_ALL' ? seen : null),
      action === 'PAUSE_ALL' ? pauseAllScope(projectId) : {},
    ),
  decide(deciding, { action, reason }) {
    if (deciding.agent !== null) return refuse(refusal('FORBIDDEN', 'a person decides that'))
    const isPause = action === 'PAUSE_ALL'
    const changed = isPause ? pauseAll(deciding, reason) : resumeAll(deciding, reason)
    const { project } = deciding
    const active = changed.filter(({ status }) => status === 'ACTIVE').length
    deciding.changes.event('OPERATOR_CONTROL', {
      subject: `project/${project.id}`,
      summary: isPause ? `Paused ${changed.length} agents` : `Resumed ${active} agents`,
      reason,
      data: { action, agentIds: changed.map(({ id }) => id) },
    })
    return accept<ControlledAll>({
      paused: isPause ? changed.length : 0,
      resumed: isPause ? 0 : active,
      stillPaused: stillPaused(deciding),
      isPartial: changed.length >= AGENTS_AT_ONCE_MAX,
    })
  },
})

function stillPaused({ snapshot, changes, project }: DecidingInProject): ControlledAll['stillPaused'] {
  const paused = snapshot
    .find('agentsOfProjectByStatus', project.id, 'PAUSED')
    .map((agent) => changes.current('agent', agent))
  const count = (cause: Agent['pausedBy']) => paused.filter(({ pausedBy }) => pausedBy === cause).length
  const quarantined = snapshot.find('agentsOfProjectByStatus', project.id, 'QUARANTINED').length
  return { budget: count('BUDGET'), error: count('ERROR'), quarantined }
}
