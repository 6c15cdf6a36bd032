import { activeProjects } from './daily.ts'
import { intervalTarget, type PeriodicJob } from './periodic.ts'

const EVERY_MS = 60_000

/** Once a minute each project is asked whether it costs more today than its budget. */
export const costWatch: PeriodicJob = {
  name: 'cost-watch',
  targets: (_context, now) => Promise.resolve([intervalTarget(now, EVERY_MS)]),
  async run(context) {
    const projects = await activeProjects(context.storage)
    for (const { id: projectId } of projects) {
      const watched = await context.system.budgets.watch({ projectId })
      if (!watched.ok) context.logger.warn('a project was not watched', { projectId, code: watched.error.code })
    }
    return { settled: projects.length, cursor: null }
  },
}
