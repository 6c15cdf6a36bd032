import { unwrap } from '../errors.ts'
import type { Project } from '../model/project.ts'
import type { ToolCall } from '../model/tool-call.ts'
import type { FilterValue } from '../ports/storage.ts'
import { PREVIEW_KEPT_MS } from '../rules/retention.ts'
import { dailyTarget } from './daily.ts'
import type { JobContext, PeriodicJob } from './periodic.ts'

const HOUR = 2
const CALLS_PER_COMMAND = 100
const PROJECTS_PER_PAGE = 200

/** Removes once a day what is kept for a while only: previews of tool calls, in archived projects as well. */
export const retention: PeriodicJob = {
  name: 'retention',
  targets: async (_, now) => {
    const target = dailyTarget('all', now, { hour: HOUR, timeZone: 'UTC', since: 0 })
    return target === null ? [] : [target]
  },
  run: async (context, { now }) => {
    let settled = 0
    for await (const { id } of everyProject(context)) settled += await expireIn(context, id, now)
    return { settled, cursor: null }
  },
}

async function* everyProject({ storage }: JobContext): AsyncGenerator<Project> {
  let after: readonly FilterValue[] | null = null
  do {
    const page: { rows: readonly Project[]; next: readonly FilterValue[] | null } = await storage.queries.page({
      kind: 'project',
      limit: PROJECTS_PER_PAGE,
      ...(after === null ? {} : { after }),
    })
    yield* page.rows
    after = page.next
  } while (after !== null)
}

/** What is done no longer fits the filter, so the first page is always the next one. */
async function expireIn({ storage, system }: JobContext, projectId: string, now: number): Promise<number> {
  let removed = 0
  for (;;) {
    const { rows }: { rows: readonly ToolCall[] } = await storage.queries.page({
      kind: 'toolCall',
      projectId,
      filters: [
        { field: 'createdAt', op: 'lte', value: now - PREVIEW_KEPT_MS },
        { field: 'inputPreview', op: 'ne', value: '' },
      ],
      order: [{ field: 'createdAt', direction: 'asc' }],
      limit: CALLS_PER_COMMAND,
    })
    if (rows.length === 0) return removed
    const done = unwrap(await system.toolCalls.expirePreviews({ projectId, toolCallIds: rows.map(({ id }) => id) }))
    // Nothing to remove although it looked so: somebody else was faster, and is looked for again tomorrow.
    if (done.removed === 0) return removed
    removed += done.removed
  }
}
