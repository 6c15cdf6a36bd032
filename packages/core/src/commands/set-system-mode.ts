import { z } from 'zod'
import { accept, globalCommand, refuse } from '../decide/command.ts'
import { SYSTEM_ID } from '../model/ids.ts'
import { OPERATOR_MODES } from '../model/project.ts'
import { refusal } from '../model/refusal.ts'
import { reasonSchema } from '../model/text.ts'

/**
 * Sets how much every project may do; the stricter of this and a project's own mode applies. Once it has returned,
 * nothing starts anywhere that the old mode would have allowed. Runs under way are stopped by the jobs.
 */
export const setSystemMode = globalCommand({
  name: 'system.setOperatorMode',
  summary: 'Sets the operator mode of the whole installation.',
  input: z.strictObject({ mode: z.enum(OPERATOR_MODES), reason: reasonSchema }),
  permission: 'agents.control',
  whenContained: 'refused',
  scope: () => ({ records: [{ kind: 'system', id: SYSTEM_ID }] }),
  decide({ snapshot, changes, agent, principal }, { mode, reason }) {
    if (agent !== null) return refuse(refusal('FORBIDDEN', 'a human sets the operator mode'))
    if (principal !== null && principal.projectIds !== 'ALL') {
      return refuse(refusal('FORBIDDEN', 'the mode of the installation is for those who may enter every project'))
    }
    const system = snapshot.get('system', SYSTEM_ID)
    if (system === null) return refuse(refusal('NOT_FOUND', 'this installation has not been set up'))
    if (system.operatorMode === mode) return accept(system)
    const updated = changes.update('system', system, { operatorMode: mode })
    changes.event('OPERATOR_CONTROL', {
      subject: 'system/system',
      summary: `Operator mode of the installation ${system.operatorMode} → ${mode}`,
      reason,
      data: { from: system.operatorMode, to: mode },
    })
    return accept(updated)
  },
})
