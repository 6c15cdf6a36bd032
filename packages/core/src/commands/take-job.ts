import { accept, globalCommand } from '../decide/command.ts'
import { jobLeaseId } from '../model/job-lease.ts'
import { jobInput } from './inputs.ts'

/** How long a host that took a job may be silent before another one takes it. */
const JOB_LEASE_MS = 120_000

export interface JobTaken {
  readonly taken: boolean
  /** Whether there is nothing left to do for this period. */
  readonly isDone: boolean
  /** Where the last run left off. */
  readonly cursor: string | null
}

/**
 * Takes a job for one period. Of many hosts exactly one receives it; nobody does once it was done for that period or
 * a later one. A host that dies with it gives way after its lease.
 */
export const takeJob = globalCommand({
  name: 'jobs.take',
  summary: 'Takes a job for one period, if nobody has it and nobody has done it.',
  input: jobInput,
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ job, key }) => ({ records: [{ kind: 'jobLease', id: jobLeaseId(job, key) }] }),
  decide({ snapshot, changes, now }, { job, key, period, owner }) {
    const id = jobLeaseId(job, key)
    const lease = snapshot.get('jobLease', id)
    const held = { owner, leaseUntil: now + JOB_LEASE_MS }
    if (lease === null) {
      changes.insert('jobLease', { projectId: null, job, key, ...held, lastRunKey: null, cursor: null }, id)
      return accept<JobTaken>({ taken: true, isDone: false, cursor: null })
    }
    const isDone = lease.lastRunKey !== null && lease.lastRunKey >= period
    if (isDone || (lease.leaseUntil > now && lease.owner !== owner)) {
      return accept<JobTaken>({ taken: false, isDone, cursor: lease.cursor })
    }
    changes.update('jobLease', lease, held)
    return accept<JobTaken>({ taken: true, isDone, cursor: lease.cursor })
  },
})
