import { cleanBuild, dashboard, keyOutside, pipeToShell, survey } from './edges.ts'
import type { Job } from './job.ts'
import { brokenLinks, historyByWeek, largestFiles, openMarks, packageFields, releaseNotes } from './reports.ts'

/** Everything the squad is given to do. */
export const JOBS: readonly Job[] = [
  largestFiles,
  openMarks,
  historyByWeek,
  packageFields,
  brokenLinks,
  releaseNotes,
  cleanBuild,
  keyOutside,
  pipeToShell,
  survey,
  dashboard,
]

/** The job behind a task of this demonstration. */
export function jobOf(sourceRef: string | null): Job | null {
  return JOBS.find((job) => job.ref === sourceRef) ?? null
}
