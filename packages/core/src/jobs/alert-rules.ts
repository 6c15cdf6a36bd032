import type { HealthProbe } from '../ports/health-probe.ts'
import { activeProjects } from './daily.ts'
import { intervalTarget, type JobContext, type PeriodicJob } from './periodic.ts'

const EVERY_MS = 60_000
const PROBE_TIMEOUT_MS = 5_000
const UNHEALTHY_MAX = 50

/** Looks once a minute at what is true of each project, and raises and clears the alerts that follow from it. */
export function alertRules(probes: readonly HealthProbe[]): PeriodicJob {
  return {
    name: 'alert-rules',
    targets: (_context, now) => Promise.resolve([intervalTarget(now, EVERY_MS)]),
    async run(context) {
      const unhealthy = await namesOfUnhealthy(probes)
      let settled = 0
      for (const { id } of await activeProjects(context.storage)) settled += await sweep(context, id, unhealthy)
      return { settled, cursor: null }
    },
  }
}

async function namesOfUnhealthy(probes: readonly HealthProbe[]): Promise<string[]> {
  const states = await Promise.all(
    probes.map(async (probe) => {
      const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS)
      const late = new Promise<boolean>((resolve) => signal.addEventListener('abort', () => resolve(false)))
      const isHealthy = await Promise.race([probe.isHealthy(signal), late]).catch(() => false)
      return { name: probe.name, isHealthy }
    }),
  )
  return states.flatMap(({ name, isHealthy }) => (isHealthy ? [] : [name])).slice(0, UNHEALTHY_MAX)
}

/** One project that cannot be looked at does not keep the others from it. */
async function sweep({ system, logger }: JobContext, projectId: string, unhealthy: string[]): Promise<number> {
  try {
    const swept = await system.alerts.sweep({ projectId, unhealthy })
    if (swept.ok) return swept.data.changed
    logger.warn('a project was not swept for alerts', { projectId, code: swept.error.code })
  } catch (error) {
    logger.error('a project could not be swept for alerts', { projectId, error: String(error) })
  }
  return 0
}
