import { unwrap } from '@mission-control/core'
import type { CheckoutSource } from './checkout.ts'
import type { Host } from './host.ts'
import { dashboard } from './work/edges.ts'
import type { Job } from './work/job.ts'
import { JOBS } from './work/jobs.ts'

/** The jobs this machine can do. */
export function possibleJobs(source: CheckoutSource): readonly Job[] {
  return source === 'none' ? JOBS.filter((job) => job.needsGit !== true) : JOBS
}

/** Gives the squad its tasks. A second start finds them where they are, because each has an outside reference. */
export async function giveTasks(host: Host, jobs: readonly Job[]): Promise<void> {
  const [operator] = host.operators
  if (operator === undefined) throw new Error('nobody is there to give tasks')
  const agents = unwrap(await host.admin.agents.list({ limit: 50 })).data
  const idOf = (name: string) => agents.find((agent) => agent.name === name)?.id
  for (const job of jobs) {
    const assignee = job.assignee === undefined ? undefined : idOf(job.assignee)
    const task = unwrap(
      await operator.tasks.create({
        title: job.title,
        type: job.type,
        priority: job.priority,
        source: 'SEED',
        sourceRef: job.ref,
        // What is not wanted any more is not given to anybody.
        assigneeIds: assignee === undefined || job === dashboard ? [] : [assignee],
        ...(job.budgetMicros === undefined ? {} : { budgetAllocatedMicros: job.budgetMicros }),
      }),
    )
    if (job === dashboard && task.status === 'INBOX') {
      unwrap(await operator.tasks.transition({ taskId: task.id, to: 'CANCELED', reason: 'Nobody needs it any more.' }))
    }
  }
}
