import { unwrap } from '../errors.ts'
import { activeProjects, dailyTarget } from './daily.ts'
import type { JobContext, JobTarget, PeriodicJob } from './periodic.ts'

const HOUR = 9

/** One day of each project; `timeZone` null: of the zone of the project. */
async function projectDays({ storage }: JobContext, now: number, timeZone: string | null): Promise<JobTarget[]> {
  const projects = await activeProjects(storage)
  const targets = projects.map((project) =>
    dailyTarget(project.id, now, { hour: HOUR, timeZone: timeZone ?? project.timeZone, since: project.createdAt }),
  )
  return targets.filter((target) => target !== null)
}

async function record(
  { system }: JobContext,
  { key: projectId, period: date }: JobTarget,
  report: 'STANDUP' | 'CEO_BRIEF',
) {
  const { projectName, markdown } =
    report === 'STANDUP'
      ? unwrap(await system.reports.standup({ projectId }))
      : unwrap(await system.reports.ceoBrief({ projectId }))
  const { isNew } = unwrap(await system.reports.record({ projectId, report, date, projectName, markdown }))
  return { settled: isNew ? 1 : 0, cursor: null }
}

/** The standup of each project, at nine in the morning of its own zone. */
export const standupJob: PeriodicJob = {
  name: 'standup',
  targets: (context, now) => projectDays(context, now, null),
  run: (context, target) => record(context, target, 'STANDUP'),
}

/** The brief of each project, at nine in the morning of UTC. */
export const ceoBriefJob: PeriodicJob = {
  name: 'ceo-brief',
  targets: (context, now) => projectDays(context, now, 'UTC'),
  run: (context, target) => record(context, target, 'CEO_BRIEF'),
}
