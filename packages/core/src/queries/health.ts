import { z } from 'zod'
import type { Agent } from '../model/agent.ts'
import { refSchema } from '../model/ids.ts'
import type { Project } from '../model/project.ts'
import type { Outcome } from '../model/refusal.ts'
import type { StorageQueries } from '../ports/storage.ts'
import { effectiveCap } from '../rules/budget.ts'
import { countedMicros } from '../rules/pricing.ts'
import { windowKey, windowStartsAt } from '../rules/windows.ts'
import { projectDayBudget } from './burn-rate.ts'
import { allRows, chosenProjects } from './chosen-projects.ts'
import { found, globalQuery, type Reading } from './query.ts'

/** The facts that monitors watch, over one project or all that the caller may enter. */
export interface Health {
  readonly at: number
  readonly projects: number
  readonly agents: Readonly<Record<string, number>>
  readonly tasks: Readonly<Record<string, number>>
  readonly runs: Readonly<Record<string, number>>
  readonly approvals: Readonly<Record<string, number>>
  readonly alerts: Readonly<Record<string, number>>
  readonly costTodayMicros: number
  readonly costTotalMicros: number
  /** What may be spent today: the cap of the project, else the sum of its agents' day caps. Null: nothing limits it. */
  readonly budgetTodayMicros: number | null
  readonly oldestPendingApprovalAgeMs: number
  /** How long the note that waits longest has been due. */
  readonly outboxLagMs: number
}

const NOTHING: Omit<Health, 'at'> = {
  projects: 0,
  agents: {},
  tasks: {},
  runs: {},
  approvals: {},
  alerts: {},
  costTodayMicros: 0,
  costTotalMicros: 0,
  budgetTodayMicros: null,
  oldestPendingApprovalAgeMs: 0,
  outboxLagMs: 0,
}

/** What a monitor asks every few seconds: counts by status, money of the day, and how long people and notes wait. */
export const readHealth = globalQuery({
  name: 'monitoring.health',
  summary: 'Gives the facts that monitors watch, of one project or of all that the caller may enter.',
  input: z.strictObject({ project: refSchema.optional() }),
  permission: 'metrics.read',
  async read(reading, { project }): Promise<Outcome<Health>> {
    const chosen = await chosenProjects(reading, project)
    if (!chosen.ok) return chosen
    let sum = NOTHING
    for (const one of chosen.data) sum = added(sum, await healthOf(reading, one))
    return found<Health>({ at: reading.now, ...sum })
  },
})

async function healthOf({ queries, now }: Reading, project: Project): Promise<Omit<Health, 'at'>> {
  const projectId = project.id
  const counts = (kind: 'agent' | 'task' | 'run' | 'approval' | 'alert') =>
    queries.counts({ kind, projectId, groupBy: 'status' })
  const spent = async (fromAt: number) => {
    const rows = await queries.spend({ projectId, fromAt, toAt: now + 1, groupBy: null })
    return rows.reduce((total, row) => total + countedMicros(row, true), 0)
  }
  const [agents, tasks, runs, approvals, alerts, costTodayMicros, costTotalMicros, budgetTodayMicros, asked, due] =
    await Promise.all([
      counts('agent'),
      counts('task'),
      counts('run'),
      counts('approval'),
      counts('alert'),
      spent(windowStartsAt('DAY', now, project.timeZone)),
      spent(0),
      budgetToday(queries, project, now),
      longestWaiting(queries, projectId),
      longestDue(queries, projectId, now),
    ])
  return {
    projects: 1,
    agents,
    tasks,
    runs,
    approvals,
    alerts,
    costTodayMicros,
    costTotalMicros,
    budgetTodayMicros,
    oldestPendingApprovalAgeMs: asked === null ? 0 : now - asked,
    outboxLagMs: due === null ? 0 : now - due,
  }
}

async function budgetToday(queries: StorageQueries, project: Project, now: number): Promise<number | null> {
  const budget = await projectDayBudget(queries, project.id)
  const cap = effectiveCap(null, budget, windowKey('DAY', now, project.timeZone))
  if (cap !== null) return cap
  const agents: readonly Agent[] = await allRows(queries, 'agent', [], project.id)
  const working = agents.filter(({ retiredAt }) => retiredAt === null)
  return working.length === 0 ? null : working.reduce((sum, agent) => sum + agent.budgetDailyMicros, 0)
}

async function longestWaiting(queries: StorageQueries, projectId: string): Promise<number | null> {
  const page = await queries.page({
    kind: 'approval',
    projectId,
    filters: [{ field: 'status', op: 'eq', value: 'PENDING' }],
    order: [{ field: 'createdAt', direction: 'asc' }],
    limit: 1,
  })
  return page.rows[0]?.createdAt ?? null
}

/** Notes to agents are fetched by their heartbeats and are not late. */
async function longestDue(queries: StorageQueries, projectId: string, now: number): Promise<number | null> {
  const page = await queries.page({
    kind: 'notification',
    projectId,
    filters: [
      { field: 'status', op: 'eq', value: 'PENDING' },
      { field: 'channel', op: 'ne', value: 'HEARTBEAT' },
      { field: 'nextAttemptAt', op: 'lte', value: now },
    ],
    order: [{ field: 'nextAttemptAt', direction: 'asc' }],
    limit: 1,
  })
  return page.rows[0]?.nextAttemptAt ?? null
}

function added(one: Omit<Health, 'at'>, other: Omit<Health, 'at'>): Omit<Health, 'at'> {
  return {
    projects: one.projects + other.projects,
    agents: countsAdded(one.agents, other.agents),
    tasks: countsAdded(one.tasks, other.tasks),
    runs: countsAdded(one.runs, other.runs),
    approvals: countsAdded(one.approvals, other.approvals),
    alerts: countsAdded(one.alerts, other.alerts),
    costTodayMicros: one.costTodayMicros + other.costTodayMicros,
    costTotalMicros: one.costTotalMicros + other.costTotalMicros,
    budgetTodayMicros:
      other.budgetTodayMicros === null ? one.budgetTodayMicros : (one.budgetTodayMicros ?? 0) + other.budgetTodayMicros,
    oldestPendingApprovalAgeMs: Math.max(one.oldestPendingApprovalAgeMs, other.oldestPendingApprovalAgeMs),
    outboxLagMs: Math.max(one.outboxLagMs, other.outboxLagMs),
  }
}

type Counts = Readonly<Record<string, number>>

function countsAdded(one: Counts, other: Counts): Counts {
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return Object.fromEntries([...names].map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]))
}
