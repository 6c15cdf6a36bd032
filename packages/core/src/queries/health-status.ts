import { z } from 'zod'
import { refSchema } from '../model/ids.ts'
import type { Alert } from '../model/notification.ts'
import type { Project } from '../model/project.ts'
import type { Outcome } from '../model/refusal.ts'
import type { StoredEvent } from '../ports/storage.ts'
import { PAGE_ROWS_MAX } from '../ports/storage.ts'
import { countedMicros } from '../rules/pricing.ts'
import { windowStartsAt } from '../rules/windows.ts'
import { chosenProjects } from './chosen-projects.ts'
import { found, globalQuery, type Reading } from './query.ts'

const SHOWN = 10

/** What a person looks at first when a monitor calls. */
export interface HealthStatus {
  readonly events: readonly StoredEvent[]
  readonly alerts: readonly Alert[]
  readonly agents: readonly {
    readonly id: string
    readonly name: string
    readonly status: string
    readonly spentTodayMicros: number
    readonly heartbeatAgeMs: number
  }[]
}

/** The last events, the open alerts, and each agent with its spend and the age of its heartbeat. */
export const readHealthStatus = globalQuery({
  name: 'monitoring.status',
  summary:
    'Gives the last ten events, ten open alerts, and agents with what they spent today and their last heartbeat.',
  input: z.strictObject({ project: refSchema.optional() }),
  permission: 'metrics.read',
  async read(reading, { project }): Promise<Outcome<HealthStatus>> {
    const chosen = await chosenProjects(reading, project)
    if (!chosen.ok) return chosen
    const parts = []
    for (const one of chosen.data) parts.push(await statusOf(reading, one))
    return found<HealthStatus>({
      events: parts
        .flatMap(({ events }) => events)
        .toSorted((one, other) => (one.cursor < other.cursor ? 1 : -1))
        .slice(0, SHOWN),
      alerts: parts
        .flatMap(({ alerts }) => alerts)
        .toSorted((one, other) => other.createdAt - one.createdAt)
        .slice(0, SHOWN),
      agents: parts.flatMap(({ agents }) => agents),
    })
  },
})

async function statusOf({ queries, now }: Reading, project: Project): Promise<HealthStatus> {
  const projectId = project.id
  const fromAt = windowStartsAt('DAY', now, project.timeZone)
  const [timeline, alerts, agents, liveness, spend] = await Promise.all([
    queries.timeline({ projectId, newestFirst: true, limit: SHOWN }),
    queries.page({
      kind: 'alert',
      projectId,
      filters: [{ field: 'status', op: 'in', value: ['OPEN', 'ACKNOWLEDGED'] }],
      limit: SHOWN,
    }),
    queries.page({ kind: 'agent', projectId, limit: PAGE_ROWS_MAX }),
    queries.page({ kind: 'liveness', projectId, limit: PAGE_ROWS_MAX }),
    queries.spend({ projectId, fromAt, toAt: now + 1, groupBy: 'agentId' }),
  ])
  const spent = new Map(spend.map((row) => [row.key, countedMicros(row, true)]))
  const heard = new Map(liveness.rows.map((row) => [row.id, row.lastHeartbeatAt]))
  return {
    events: timeline.events,
    alerts: alerts.rows,
    agents: agents.rows.map(({ id, name, status, createdAt }) => ({
      id,
      name,
      status,
      spentTodayMicros: spent.get(id) ?? 0,
      heartbeatAgeMs: now - (heard.get(id) ?? createdAt),
    })),
  }
}
