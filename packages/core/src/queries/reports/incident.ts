import { z } from 'zod'
import { inProject } from '../../commands/inputs.ts'
import { refSchema } from '../../model/ids.ts'
import { refusal } from '../../model/refusal.ts'
import type { UsageLine } from '../../model/run.ts'
import { type Filter, PAGE_ROWS_MAX, type StoredEvent } from '../../ports/storage.ts'
import { effectiveCap } from '../../rules/budget.ts'
import { incidentMarkdown } from '../../rules/reports/incident.ts'
import { one } from '../one.ts'
import { found, projectQuery, type ReadingInProject } from '../query.ts'
import { readAll } from './read-all.ts'

const EVENTS_MAX = 1_000

async function timelineOf({ queries, project }: ReadingInProject, taskId: string) {
  const events: StoredEvent[] = []
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<typeof queries.timeline>> = await queries.timeline({
      projectId: project.id,
      taskId,
      limit: PAGE_ROWS_MAX,
      ...(after === null ? {} : { after }),
    })
    events.push(...page.events)
    after = page.next
  } while (after !== null && events.length < EVENTS_MAX)
  return { events, isCut: after !== null }
}

/** The sums of usage lines by model; a line without a price counts its tokens and no money. */
function byModel(lines: readonly UsageLine[]) {
  const sums = new Map<string, { key: string; micros: number; tokens: number }>()
  for (const line of lines) {
    const key = line.model ?? line.label ?? ''
    const sum = sums.get(key) ?? { key, micros: 0, tokens: 0 }
    sum.micros += (line.billedMicros ?? 0) + (line.imputedMicros ?? 0)
    sum.tokens += Object.values(line.tokens).reduce((total, count) => total + count, 0)
    sums.set(key, sum)
  }
  return [...sums.values()].sort((a, b) => b.micros - a.micros)
}

/** Everything about one task for somebody who was not there. */
export const incidentReport = projectQuery({
  name: 'reports.incident',
  summary: 'Gives the whole story of one task as Markdown: facts, timeline, artifacts, cost, runs.',
  input: z.strictObject({ ...inProject, taskId: refSchema }),
  permission: 'read',
  async read(reading, { taskId }) {
    const { queries, project } = reading
    const task = await one(queries, 'task', project.id, taskId)
    if (task === null) return { ok: false, error: refusal('NOT_FOUND', `no such task: ${taskId}`) }
    const ofTask: Filter[] = [{ field: 'taskId', op: 'eq', value: task.id }]
    const all = { projectId: project.id, order: [{ field: 'createdAt', direction: 'asc' }] } as const
    const [agents, documents, runs, lines, budgets, timeline] = await Promise.all([
      readAll(queries, { kind: 'agent', ...all }),
      readAll(queries, { kind: 'document', ...all, filters: ofTask }),
      readAll(queries, { kind: 'run', ...all, filters: ofTask }),
      readAll(queries, { kind: 'usageLine', ...all, filters: ofTask }),
      readAll(queries, {
        kind: 'budget',
        ...all,
        filters: [
          { field: 'scopeType', op: 'eq', value: 'TASK' },
          { field: 'scopeId', op: 'eq', value: task.id },
          { field: 'metric', op: 'eq', value: 'USD' },
        ],
      }),
      timelineOf(reading, task.id),
    ])
    const shares = byModel(lines)
    const markdown = incidentMarkdown({
      task,
      agents,
      documents,
      ...timeline,
      runs,
      spentMicros: shares.reduce((sum, share) => sum + share.micros, 0),
      budgetMicros: effectiveCap(task.budgetAllocatedMicros, budgets[0] ?? null, ''),
      byModel: shares,
    })
    return found({ taskId: task.id, markdown })
  },
})
