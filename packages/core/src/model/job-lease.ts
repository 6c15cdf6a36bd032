import { z } from 'zod'
import { globalRecord } from './record.ts'

/** Who does a job for a while, and for which period it was done last: one per job and key. */
export const jobLeaseSchema = z.strictObject({
  ...globalRecord,
  job: z.string(),
  /** What the job is done for: a project, or nothing in particular. */
  key: z.string(),
  owner: z.string(),
  leaseUntil: z.int(),
  /** The last period it was done for; periods of one job sort as text. Null: never. */
  lastRunKey: z.string().nullable(),
  /** Where the next run goes on, for jobs that follow the log. */
  cursor: z.string().nullable(),
})
export type JobLease = z.infer<typeof jobLeaseSchema>

export function jobLeaseId(job: string, key: string): string {
  return `job/${job}/${key}`
}
