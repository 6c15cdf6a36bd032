import { z } from 'zod'
import { accept, joinScopes, projectCommand } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import { costAlertKey } from '../effects/budget-alerts.ts'
import { alertScope, clearAlert, raiseAlert } from '../effects/raise-alert.ts'
import { accountScope, accountsOf } from '../effects/run-accounts.ts'
import { ancestryScope } from '../effects/task-scope.ts'
import { type AccountKey, accountId } from '../model/ledger.ts'
import { sumMicros, usdFromMicros } from '../model/money.ts'
import { windowKey } from '../rules/windows.ts'
import { inProject } from './inputs.ts'

/** What a project spends on the day of the snapshot. */
function dayKey(projectId: string, at: number, timeZone: string): AccountKey {
  const day = windowKey('DAY', at, timeZone)
  return { projectId, scopeType: 'PROJECT', scopeId: projectId, metric: 'USD', window: 'DAY', windowKey: day }
}

function seenDay(projectId: string, seen: Snapshot | null): AccountKey | null {
  const project = seen?.has('project', projectId) === true ? seen.peek('project', projectId) : null
  return seen === null || project === null ? null : dayKey(projectId, seen.now, project.timeZone)
}

/**
 * Compares what a project has spent today with its budget: its own cap, or what its agents may spend together. Told
 * once per day, and taken back when the cap is raised above the cost.
 */
export const watchCost = projectCommand({
  name: 'budgets.watch',
  summary: 'Raises or clears the alert that a project costs more today than its budget.',
  input: z.strictObject(inProject),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ projectId }, _caller, seen) => {
    const key = seenDay(projectId, seen)
    const agents = ancestryScope(projectId)
    if (key === null) return agents
    return joinScopes(agents, accountScope([key]), alertScope(projectId, costAlertKey(accountId(key))))
  },
  decide(deciding) {
    const { snapshot, project, now } = deciding
    const key = dayKey(project.id, now, project.timeZone)
    const [account] = accountsOf(snapshot, [key], 0)
    const agents = snapshot.find('agentsOfProject', project.id).filter(({ retiredAt }) => retiredAt === null)
    const budgetMicros = account?.capMicros ?? sumMicros(agents.map(({ budgetDailyMicros }) => budgetDailyMicros))
    const costMicros = account?.balance.settled ?? 0
    const dedupeKey = costAlertKey(accountId(key))
    const [known] = snapshot.find('alertsByKey', project.id, dedupeKey)
    if (costMicros <= budgetMicros) clearAlert(deciding, dedupeKey, 'the budget was raised')
    else if (known === undefined || known.status === 'RESOLVED') {
      raiseAlert(deciding, {
        type: 'COST_OVER_BUDGET',
        severity: 'ERROR',
        dedupeKey,
        title: 'The project costs more today than its budget',
        description: `${usdFromMicros(costMicros)} USD are spent today, the budget is ${usdFromMicros(budgetMicros)} USD.`,
      })
    }
    return accept({ costMicros, budgetMicros })
  },
})
