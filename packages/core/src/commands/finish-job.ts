import { z } from 'zod'
import { accept, globalCommand } from '../decide/command.ts'
import { jobLeaseId } from '../model/job-lease.ts'
import { jobInput } from './inputs.ts'

/** Says that a job is done for a period. Whoever lost it meanwhile changes nothing. */
export const finishJob = globalCommand({
  name: 'jobs.finish',
  summary: 'Says that a job is done for its period.',
  input: jobInput.extend({ cursor: z.string().max(1000).nullable() }),
  permission: null,
  whenContained: 'allowed',
  systemOnly: true,
  scope: ({ job, key }) => ({ records: [{ kind: 'jobLease', id: jobLeaseId(job, key) }] }),
  decide({ snapshot, changes, now }, { job, key, period, owner, cursor }) {
    const lease = snapshot.get('jobLease', jobLeaseId(job, key))
    if (lease === null || lease.owner !== owner) return accept({ finished: false })
    changes.update('jobLease', lease, { leaseUntil: now, lastRunKey: period, cursor })
    return accept({ finished: true })
  },
})
