import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { accountOfAlert } from '../effects/budget-alerts.ts'
import { alertScope, clearAlert } from '../effects/raise-alert.ts'
import { refSchema } from '../model/ids.ts'
import { isOver } from '../rules/windows.ts'
import { inProject } from './inputs.ts'

/** Clears an alert about an account whose window has ended. */
export const closeBudgetAlert = projectCommand({
  name: 'alerts.closeBudget',
  summary: 'Clears an open alert about a budget whose window has ended.',
  input: z.strictObject({ ...inProject, alertId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId, alertId }, _caller, seen) => {
    const alert = seen?.has('alert', alertId) === true ? seen.peek('alert', alertId) : null
    return joinScopes(
      { records: [{ kind: 'alert', id: alertId }] },
      alert?.projectId === projectId ? alertScope(projectId, alert.dedupeKey) : {},
    )
  },
  decide(deciding, { alertId }) {
    const { changes, now, project } = deciding
    const { record: alert, problem } = own(deciding, 'alert', alertId)
    if (problem !== null) return refuse(problem)
    const key = accountOfAlert(alert)
    if (key !== null && isOver(key, now, project.timeZone)) {
      clearAlert(deciding, alert.dedupeKey, 'the window of the budget has ended')
    }
    return accept({ alert: changes.current('alert', alert) })
  },
})
