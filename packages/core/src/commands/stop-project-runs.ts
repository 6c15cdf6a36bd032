import { z } from 'zod'
import { accept, projectCommand } from '../decide/command.ts'
import { projectRunsScope, stopProjectRuns } from '../effects/stop-project.ts'
import { inProject } from './inputs.ts'

/** Stops the open runs of a project that is in quarantine, by its own mode or that of the installation. */
export const stopProjectRunsCommand = projectCommand({
  name: 'projects.stopRuns',
  summary: 'Stops the runs of a project in quarantine.',
  input: z.strictObject(inProject),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId }, _caller, seen) => projectRunsScope(projectId, seen),
  decide(deciding) {
    return accept({ runsStopped: deciding.mode === 'QUARANTINED' ? stopProjectRuns(deciding) : 0 })
  },
})
