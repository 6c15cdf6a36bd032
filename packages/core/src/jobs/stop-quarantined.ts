import type { JobContext } from './periodic.ts'

const PROJECTS_MAX = 200

/** Stops what still runs where quarantine is in force: in some projects, or in all. */
export async function stopQuarantined({ storage, system, logger }: JobContext): Promise<void> {
  const installation = (await storage.queries.page({ kind: 'system', limit: 1 })).rows[0]
  const isEverywhere = installation?.operatorMode === 'QUARANTINED'
  const filters = isEverywhere ? [] : [{ field: 'operatorMode', op: 'eq', value: 'QUARANTINED' } as const]
  const projects = await storage.queries.page({ kind: 'project', filters, limit: PROJECTS_MAX })
  for (const { id: projectId } of projects.rows) {
    try {
      await system.projects.stopRuns({ projectId })
    } catch (error) {
      logger.error('the runs of a project could not be stopped', { projectId, error: String(error) })
    }
  }
}
