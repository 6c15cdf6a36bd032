import { z } from 'zod'
import { accept, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import { policyOf, policyScope } from '../effects/policy-in-force.ts'
import { priceInForce } from '../effects/price-in-force.ts'
import { modelOfAlert } from '../effects/price-lines.ts'
import { alertScope, clearAlert } from '../effects/raise-alert.ts'
import { refSchema } from '../model/ids.ts'
import { inProject } from './inputs.ts'

/** Clears an alert about a model without a price, once the policy or the price book of now has one. */
export const closeUnpricedAlert = projectCommand({
  name: 'alerts.closeUnpriced',
  summary: 'Clears an open alert about a model whose price is known by now.',
  input: z.strictObject({ ...inProject, alertId: refSchema }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId, alertId }, _caller, seen) => {
    const alert = seen?.has('alert', alertId) === true ? seen.peek('alert', alertId) : null
    return joinScopes(
      { records: [{ kind: 'alert', id: alertId }] },
      policyScope(projectId),
      alert?.projectId === projectId ? alertScope(projectId, alert.dedupeKey) : {},
    )
  },
  decide(deciding, { alertId }) {
    const { snapshot, changes, project } = deciding
    const { record: alert, problem } = own(deciding, 'alert', alertId)
    if (problem !== null) return refuse(problem)
    const model = modelOfAlert(alert)
    const policy = policyOf(snapshot, project.id, { taskType: null, agentId: null })
    if (model !== null && priceInForce(snapshot, policy, null, model) !== null) {
      clearAlert(deciding, alert.dedupeKey, 'the model has a price')
    }
    return accept({ alert: changes.current('alert', alert) })
  },
})
