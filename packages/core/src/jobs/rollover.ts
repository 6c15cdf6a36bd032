import { BUDGET_ALERTS } from '../effects/budget-alerts.ts'
import type { Filter } from '../ports/storage.ts'
import { windowKey } from '../rules/windows.ts'
import { activeProjects } from './daily.ts'
import type { PeriodicJob } from './periodic.ts'
import { settleAll } from './settle-all.ts'

/**
 * What a new day brings, at midnight in the zone of each project: agents whose day was spent go on where the new day
 * has room, requests to extend a window that has ended are withdrawn, and alerts about it are cleared. A week and a
 * month end with a day, so once a day is often enough for them too.
 */
export const rollover: PeriodicJob = {
  name: 'rollover',
  targets: async (context, now) =>
    (await activeProjects(context.storage)).map(({ id, timeZone }) => ({
      key: id,
      period: windowKey('DAY', now, timeZone),
    })),
  async run(context, { key: projectId }) {
    const { agents, approvals, alerts } = context.system
    const settled =
      (await settleAll(context, 'approval', projectId, OVERRIDES, ({ id: approvalId }) =>
        approvals.closeOverride({ projectId, approvalId }),
      )) +
      (await settleAll(context, 'alert', projectId, ALERTS, ({ id: alertId }) =>
        alerts.closeBudget({ projectId, alertId }),
      )) +
      (await settleAll(context, 'agent', projectId, PAUSED, ({ id: agentId }) =>
        agents.endBudgetPause({ projectId, agentId }),
      ))
    return { settled, cursor: null }
  },
}

const OVERRIDES: readonly Filter[] = [
  { field: 'status', op: 'eq', value: 'PENDING' },
  { field: 'actionType', op: 'eq', value: 'BUDGET_OVERRIDE' },
]
const ALERTS: readonly Filter[] = [
  { field: 'status', op: 'in', value: ['OPEN', 'ACKNOWLEDGED', 'IGNORED'] },
  { field: 'type', op: 'in', value: BUDGET_ALERTS },
]
const PAUSED: readonly Filter[] = [
  { field: 'status', op: 'eq', value: 'PAUSED' },
  { field: 'pausedBy', op: 'eq', value: 'BUDGET' },
]
