import { BUDGET_ALERTS } from '../effects/budget-alerts.ts'
import type { Kind, RecordOf } from '../model/records.ts'
import type { Outcome } from '../model/refusal.ts'
import type { Filter } from '../ports/storage.ts'
import { windowKey } from '../rules/windows.ts'
import { activeProjects } from './daily.ts'
import type { JobContext, PeriodicJob } from './periodic.ts'

const PAGE_ROWS = 200

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

/** Looks at every row that fits; what is over is settled by its command, and the page after it is read from where this one ends. */
async function settleAll<K extends Kind>(
  { storage, logger }: JobContext,
  kind: K,
  projectId: string,
  filters: readonly Filter[],
  command: (row: RecordOf<K>) => Promise<Outcome<unknown>>,
): Promise<number> {
  const request = { kind, projectId, filters, limit: PAGE_ROWS }
  let settled = 0
  let page = await storage.queries.page(request)
  for (;;) {
    for (const row of page.rows) {
      const outcome = await command(row)
      if (outcome.ok) settled++
      else logger.warn('a rollover was refused', { kind, id: row.id, code: outcome.error.code })
    }
    if (page.next === null) return settled
    page = await storage.queries.page({ ...request, after: page.next })
  }
}
