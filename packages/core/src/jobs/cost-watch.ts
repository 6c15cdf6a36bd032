import type { Filter } from '../ports/storage.ts'
import { activeProjects } from './daily.ts'
import { intervalTarget, type PeriodicJob } from './periodic.ts'
import { settleAll } from './settle-all.ts'

const EVERY_MS = 60_000
const UNPRICED: readonly Filter[] = [
  { field: 'status', op: 'in', value: ['OPEN', 'ACKNOWLEDGED', 'IGNORED'] },
  { field: 'type', op: 'eq', value: 'COST_UNPRICED' },
]

/** Once a minute each project is asked whether it costs more today than its budget, and whether unknown prices are known. */
export const costWatch: PeriodicJob = {
  name: 'cost-watch',
  targets: (_context, now) => Promise.resolve([intervalTarget(now, EVERY_MS)]),
  async run(context) {
    const projects = await activeProjects(context.storage)
    for (const { id: projectId } of projects) {
      const watched = await context.system.budgets.watch({ projectId })
      await settleAll(context, 'alert', projectId, UNPRICED, ({ id: alertId }) =>
        context.system.alerts.closeUnpriced({ projectId, alertId }),
      )
      if (!watched.ok) context.logger.warn('a project was not watched', { projectId, code: watched.error.code })
    }
    return { settled: projects.length, cursor: null }
  },
}
