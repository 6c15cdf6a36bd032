import { z } from 'zod'
import { inProject } from '../../commands/inputs.ts'
import type { Task } from '../../model/task.ts'
import { effectiveCap } from '../../rules/budget.ts'
import { countedMicros } from '../../rules/pricing.ts'
import { type AgentLine, needsAttention, type Standup, standupMarkdown } from '../../rules/reports/standup.ts'
import { localDate, windowStartsAt } from '../../rules/windows.ts'
import { found, projectQuery, type ReadingInProject } from '../query.ts'
import { completedBetween, DAY_MS, inStatus, namesOf, openAlerts, pendingApprovals, URGENT_FIRST } from './lines.ts'
import { readAll, readSome } from './read-all.ts'

const COMPLETED_MAX = 10
const ALERTS_MAX = 5
const OPEN_TASKS_MAX = 50

export interface StandupReport extends Standup {
  readonly needsAttention: readonly string[]
  readonly markdown: string
}

/** The last 24 hours of a project, and where it stands. */
export async function readStandup(reading: ReadingInProject): Promise<StandupReport> {
  const { queries, project, now } = reading
  const projectId = project.id
  const [fromAt, toAt] = [now - DAY_MS, now + 1]
  const { agents, line } = await namesOf(reading)
  const someTasks = (filters: ReturnType<typeof inStatus>, limit: number) =>
    readSome(queries, { kind: 'task', projectId, filters, order: URGENT_FIRST }, limit, line)
  const done = completedBetween(fromAt, toAt)
  const [completed, inProgress, blocked, approvals, alerts, spent, allDone, allOpen] = await Promise.all([
    readSome(
      queries,
      { kind: 'task', projectId, filters: done, order: [{ field: 'completedAt', direction: 'desc' }] },
      COMPLETED_MAX,
      line,
    ),
    someTasks(inStatus('IN_PROGRESS'), OPEN_TASKS_MAX),
    someTasks(inStatus('BLOCKED'), OPEN_TASKS_MAX),
    pendingApprovals(reading),
    openAlerts(reading, ALERTS_MAX),
    queries.spend({ projectId, fromAt, toAt, groupBy: null }),
    readAll(queries, { kind: 'task', projectId, filters: done }),
    readAll(queries, { kind: 'task', projectId, filters: inStatus('IN_PROGRESS') }),
  ])
  const standup: Standup = {
    projectName: project.name,
    date: localDate(now, project.timeZone),
    fromAt,
    toAt: now,
    completed,
    inProgress,
    blocked,
    pendingApprovals: approvals,
    openAlerts: alerts,
    costMicros: spent.reduce((sum, row) => sum + countedMicros(row, true), 0),
    agents: await agentLines(reading, agents, allDone, allOpen),
  }
  return { ...standup, needsAttention: needsAttention(standup), markdown: standupMarkdown(standup) }
}

async function agentLines(
  { queries, project, now }: ReadingInProject,
  agents: Awaited<ReturnType<typeof namesOf>>['agents'],
  done: readonly Task[],
  open: readonly Task[],
): Promise<AgentLine[]> {
  const projectId = project.id
  const date = localDate(now, project.timeZone)
  const fromAt = windowStartsAt('DAY', now, project.timeZone)
  const budgets = await readAll(queries, {
    kind: 'budget',
    projectId,
    filters: [
      { field: 'scopeType', op: 'eq', value: 'AGENT' },
      { field: 'metric', op: 'eq', value: 'USD' },
      { field: 'window', op: 'eq', value: 'DAY' },
    ],
  })
  const budgetOf = new Map(budgets.map((budget) => [budget.scopeId, budget]))
  const rows = await queries.spend({ projectId, fromAt, toAt: now + 1, groupBy: 'agentId' })
  const spentBy = new Map(rows.map((row) => [row.key, countedMicros(row, true)]))
  const has = (agentId: string) => (task: Task) => task.assigneeIds.includes(agentId)
  return agents.map(({ id, name, status, budgetDailyMicros }) => ({
    agentId: id,
    name,
    status,
    completed: done.filter(has(id)).length,
    workingOn: open.filter(has(id)).map(({ title }) => title),
    spentMicros: spentBy.get(id) ?? 0,
    capMicros: effectiveCap(budgetDailyMicros, budgetOf.get(id) ?? null, date),
  }))
}

/** The report that the morning brings, at any moment. */
export const standupReport = projectQuery({
  name: 'reports.standup',
  summary: 'Gives what was done in 24 hours, what goes on, and what needs attention.',
  input: z.strictObject({ ...inProject }),
  permission: 'read',
  read: async (reading) => found(await readStandup(reading)),
})
