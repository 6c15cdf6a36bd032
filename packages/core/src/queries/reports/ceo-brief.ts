import { z } from 'zod'
import { inProject } from '../../commands/inputs.ts'
import { TASK_STATUSES, type TaskStatus } from '../../model/task.ts'
import { PAGE_ROWS_MAX } from '../../ports/storage.ts'
import { type CeoBrief, type Change, ceoBriefMarkdown } from '../../rules/reports/ceo-brief.ts'
import type { TaskLine } from '../../rules/reports/standup.ts'
import { localDate } from '../../rules/windows.ts'
import { burnRate } from '../burn-rate.ts'
import { found, projectQuery, type ReadingInProject } from '../query.ts'
import { completedBetween, DAY_MS, inStatus, namesOf, pendingApprovals, URGENT_FIRST } from './lines.ts'
import { readStandup } from './standup.ts'

const NEXT_MAX = 3
/** In this order a person best looks at what is open. */
const NEXT_STATUSES = ['NEEDS_APPROVAL', 'BLOCKED', 'REVIEW', 'INBOX', 'ASSIGNED'] as const satisfies TaskStatus[]

export interface CeoBriefReport extends CeoBrief {
  readonly markdown: string
}

async function readBrief(reading: ReadingInProject): Promise<CeoBriefReport> {
  const { queries, project, now } = reading
  const projectId = project.id
  const completedIn = async (fromAt: number, toAt: number) =>
    (await queries.counts({ kind: 'task', projectId, groupBy: 'projectId', filters: completedBetween(fromAt, toAt) }))[
      projectId
    ] ?? 0
  const [standup, counts, flow, today, before, approvals, burn, next] = await Promise.all([
    readStandup(reading),
    queries.counts({ kind: 'task', projectId, groupBy: 'status' }),
    flowSince(reading, now - DAY_MS),
    completedIn(now - DAY_MS, now + 1),
    completedIn(now - 2 * DAY_MS, now - DAY_MS),
    pendingApprovals(reading),
    burnRate(queries, { projectId, timeZone: project.timeZone, at: now }),
    nextTasks(reading),
  ])
  const change = (status: TaskStatus): Change => ({ count: counts[status] ?? 0, change: flow.get(status) ?? 0 })
  const brief: CeoBrief = {
    projectName: project.name,
    date: localDate(now, 'UTC'),
    needsAttention: standup.needsAttention,
    completed: { count: today, change: today - before },
    inProgress: change('IN_PROGRESS'),
    blocked: change('BLOCKED'),
    review: change('REVIEW'),
    needsApproval: change('NEEDS_APPROVAL'),
    pendingApprovals: approvals,
    burnTodayMicros: burn.todayMicros,
    capTodayMicros: burn.capMicros,
    endOfDayMicros: burn.endOfDayMicros,
    next,
  }
  return { ...brief, markdown: ceoBriefMarkdown(brief) }
}

/** How many more tasks are in each status than at a moment: what went in since, less what came out. */
async function flowSince({ queries, project }: ReadingInProject, fromAt: number): Promise<ReadonlyMap<string, number>> {
  const flow = new Map<string, number>()
  const move = (status: unknown, by: number) => {
    if (TASK_STATUSES.includes(status as TaskStatus)) flow.set(String(status), (flow.get(String(status)) ?? 0) + by)
  }
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<typeof queries.timeline>> = await queries.timeline({
      projectId: project.id,
      kinds: ['TASK_TRANSITION'],
      fromAt,
      limit: PAGE_ROWS_MAX,
      ...(after === null ? {} : { after }),
    })
    for (const { data } of page.events) {
      const moved = data as { readonly from?: unknown; readonly to?: unknown }
      move(moved.from, -1)
      move(moved.to, 1)
    }
    after = page.next
  } while (after !== null)
  return flow
}

async function nextTasks(reading: ReadingInProject): Promise<TaskLine[]> {
  const { queries, project } = reading
  const { line } = await namesOf(reading)
  const tasks: TaskLine[] = []
  for (const status of NEXT_STATUSES) {
    const limit = NEXT_MAX - tasks.length
    if (limit === 0) break
    const page = { kind: 'task', projectId: project.id, filters: inStatus(status), order: URGENT_FIRST, limit } as const
    tasks.push(...(await queries.page(page)).rows.map(line))
  }
  return tasks
}

/** What whoever answers for the project wants to know in a minute. */
export const ceoBriefReport = projectQuery({
  name: 'reports.ceoBrief',
  summary: 'Gives what needs attention, the figures against yesterday, the burn of today and what comes next.',
  input: z.strictObject({ ...inProject }),
  permission: 'read',
  read: async (reading) => found(await readBrief(reading)),
})
