import { z } from 'zod'
import { accept, projectCommand, refuse } from '../decide/command.ts'
import { OPERATOR_MODES } from '../model/project.ts'
import { refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'
import { inProject } from './inputs.ts'

/**
 * Sets how much a project may do: NORMAL, DRAINING, PAUSED or QUARANTINED.
 * Once this has returned, nothing starts that the old mode would have allowed.
 */
export const setOperatorMode = projectCommand({
  name: 'projects.setOperatorMode',
  summary: 'Sets the operator mode of a project.',
  input: z.strictObject({ ...inProject, mode: z.enum(OPERATOR_MODES), reason: reasonSchema }),
  permission: 'agents.control',
  whenContained: 'refused',
  scope: () => ({}),
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
    return accept(updated)
  },
})
