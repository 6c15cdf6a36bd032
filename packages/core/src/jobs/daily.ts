import type { Project } from '../model/project.ts'
import { type FilterValue, PAGE_ROWS_MAX, type Storage } from '../ports/storage.ts'
import { momentOfHour } from '../rules/local-time.ts'
import { localDate } from '../rules/windows.ts'
import type { JobTarget } from './periodic.ts'

const DAY_MS = 24 * 60 * 60_000

/** The last moment at which clocks showed that hour for the first time on their day, at or before now. */
function lastDue(now: number, hour: number, timeZone: string): number {
  const today = momentOfHour(now, hour, timeZone)
  // A day before noon of today is in yesterday, whether that day had 23, 24 or 25 hours.
  return today <= now ? today : momentOfHour(momentOfHour(now, 12, timeZone) - DAY_MS, hour, timeZone)
}

/** The day whose turn it is; null when what it is for did not exist yet at that hour. */
export function dailyTarget(
  key: string,
  now: number,
  at: { readonly hour: number; readonly timeZone: string; readonly since: number },
): JobTarget | null {
  const due = lastDue(now, at.hour, at.timeZone)
  return at.since > due ? null : { key, period: localDate(due, at.timeZone) }
}

/** Every project that is not archived. */
export async function activeProjects(storage: Storage): Promise<readonly Project[]> {
  const projects: Project[] = []
  let after: readonly FilterValue[] | null = null
  do {
    const page: { rows: readonly Project[]; next: readonly FilterValue[] | null } = await storage.queries.page({
      kind: 'project',
      filters: [{ field: 'status', op: 'eq', value: 'ACTIVE' }],
      limit: PAGE_ROWS_MAX,
      ...(after === null ? {} : { after }),
    })
    projects.push(...page.rows)
    after = page.next
  } while (after !== null)
  return projects
}
