import type { MissionControlClient } from './client.ts'
import type { LogRecord } from './engine/record.ts'
import { AbandonedTasks } from './jobs/abandoned-tasks.ts'
import { alertRules } from './jobs/alert-rules.ts'
import { costWatch } from './jobs/cost-watch.ts'
import { executionRouting } from './jobs/execution-routing.ts'
import { liveRows } from './jobs/live-rows.ts'
import { loopSweep } from './jobs/loop-sweep.ts'
import { type PeriodicJob, PeriodicJobs } from './jobs/periodic.ts'
import { ceoBriefJob, standupJob } from './jobs/reports.ts'
import { retention } from './jobs/retention.ts'
import { rollover } from './jobs/rollover.ts'
import { stopQuarantined } from './jobs/stop-quarantined.ts'
import { WaitingTasks } from './jobs/waiting-tasks.ts'
import type { Kind, RecordOf } from './model/records.ts'
import type { Outcome } from './model/refusal.ts'
import type { HealthProbe } from './ports/health-probe.ts'
import type { Ids } from './ports/ids.ts'
import type { Logger } from './ports/logger.ts'
import type { Filter, Storage } from './ports/storage.ts'
import { GRACE_MS } from './rules/lease.ts'

/** Most rows of one kind that one round looks at; the next round takes the rest. */
const DUE_ROWS_MAX = 200

/** How many things one round moved on, by kind. */
export interface JobsReport {
  readonly claims: number
  readonly runs: number
  readonly approvals: number
  /** Requests that still wait, of which more people were told. */
  readonly escalations: number
  readonly agents: number
  /** Sub-agents whose time is over. */
  readonly retired: number
  /** Requests whose executor fell silent. */
  readonly executions: number
  /** Tasks that waited for people, of which all have decided. */
  readonly waiting: number
  /** Events that were given their place in the chain. */
  readonly sealed: number
  /** What the periodic jobs settled, by their names. */
  readonly periodic: Readonly<Record<string, number>>
}

/** What is done once per period by one of all hosts. What falls due at a moment of its own is in `createJobs`. */
const PERIODIC_JOBS: readonly PeriodicJob[] = [
  rollover,
  loopSweep,
  executionRouting,
  costWatch,
  standupJob,
  ceoBriefJob,
  retention,
]

export interface Jobs {
  /**
   * Does everything that is due by the store's clock. Safe to call from any number of hosts at once: each due thing
   * is settled by one command, and whoever comes second finds it done.
   */
  runDue(): Promise<JobsReport>
}

/** Gives each row that is due to its command. */
async function settleEach<R extends { readonly id: string; readonly projectId: string | null }>(
  rows: readonly R[],
  kind: Kind,
  logger: Logger,
  command: (row: R, projectId: string) => Promise<Outcome<unknown>>,
): Promise<number> {
  let settled = 0
  for (const row of rows) {
    if (row.projectId === null) continue
    try {
      const outcome = await command(row, row.projectId)
      if (outcome.ok) settled++
      else
        logger.warn('a job was refused', { kind, id: row.id, code: outcome.error.code, detail: outcome.error.detail })
    } catch (error) {
      // One failure does not stop the round; what failed is due again in the next one.
      logger.error('a job failed', { kind, id: row.id, error: String(error) })
    }
  }
  return settled
}

/** Finds what is due of one kind and gives each row to its command. */
function settler(storage: Storage, logger: Logger): Settle {
  return async (kind, filters, order, command) => {
    const rows = await liveRows(storage, {
      kind,
      filters,
      order: [{ field: order, direction: 'asc' }],
      limit: DUE_ROWS_MAX,
    })
    return settleEach(rows, kind, logger, command)
  }
}

interface JobsOptions {
  readonly storage: Storage
  readonly system: MissionControlClient
  readonly logger: Logger
  readonly ids: Ids
  readonly record: LogRecord
  /** What needs something outside the store: checkpoints, backups. */
  readonly outward: readonly PeriodicJob[]
  readonly probes: readonly HealthProbe[]
}

/** What is due is found by query and done by command, so the query may be old and nothing happens twice. */
export function createJobs({ storage, system, logger, ids, record, outward, probes }: JobsOptions): Jobs {
  const settle = settler(storage, logger)
  const waitingTasks = new WaitingTasks(storage, DUE_ROWS_MAX)
  const abandonedTasks = new AbandonedTasks(storage, DUE_ROWS_MAX)
  const jobs = [...PERIODIC_JOBS, alertRules(probes), ...outward]
  const periodic = new PeriodicJobs({ storage, system, logger }, ids, jobs)

  return {
    runDue: async () => {
      const now = await storage.queries.now()
      const runs = await settle(
        'run',
        [
          { field: 'status', op: 'eq', value: 'RUNNING' },
          { field: 'leaseUntil', op: 'lte', value: now },
        ],
        'leaseUntil',
        (run, projectId) => system.runs.timeOut({ projectId, runId: run.id }),
      )
      await settle(
        'reservation',
        [
          { field: 'status', op: 'eq', value: 'HELD' },
          { field: 'callHoldsDueAt', op: 'lte', value: now },
        ],
        'callHoldsDueAt',
        ({ runId }, projectId) => system.runs.releaseHolds({ projectId, runId }),
      )
      const claims =
        (await settle(
          'task',
          [
            { field: 'status', op: 'in', value: ['ASSIGNED', 'IN_PROGRESS'] },
            { field: 'claim.leaseUntil', op: 'lte', value: now },
          ],
          'claim.leaseUntil',
          (task, projectId) => system.tasks.lapse({ projectId, taskId: task.id }),
        )) +
        (await settle(
          'task',
          [
            { field: 'status', op: 'eq', value: 'ASSIGNED' },
            { field: 'lapsedAt', op: 'lte', value: now - GRACE_MS },
          ],
          'lapsedAt',
          (task, projectId) => system.tasks.lapse({ projectId, taskId: task.id }),
        )) +
        (await settleEach(await abandonedTasks.due(), 'task', logger, (task, projectId) =>
          system.tasks.lapse({ projectId, taskId: task.id }),
        ))
      const { approvals, escalations } = await sweepApprovals(settle, system, now)
      const waiting = await settleEach(await waitingTasks.due(), 'task', logger, (task, projectId) =>
        system.tasks.release({ projectId, taskId: task.id }),
      )
      const { agents, retired } = await sweepAgents(settle, system, now)
      const executions = await settle(
        'execution',
        [{ field: 'leaseUntil', op: 'lte', value: now }],
        'leaseUntil',
        (execution, projectId) => system.executions.settle({ projectId, executionId: execution.id }),
      )
      await stopQuarantined({ storage, system, logger })
      const settled = await periodic.runDue(now)
      return {
        claims,
        runs,
        approvals,
        escalations,
        agents,
        retired,
        executions,
        waiting,
        sealed: await record.seal(),
        periodic: Object.fromEntries(settled),
      }
    },
  }
}

type Settle = <K extends Kind>(
  kind: K,
  filters: readonly Filter[],
  order: string,
  command: (row: RecordOf<K>, projectId: string) => Promise<Outcome<unknown>>,
) => Promise<number>

/** Ends requests whose time is over, and tells more people of those that still wait. */
async function sweepApprovals(settle: Settle, system: MissionControlClient, now: number) {
  const due = (field: 'expiresAt' | 'escalatesAt'): Filter[] => [
    { field: 'status', op: 'eq', value: 'PENDING' },
    { field, op: 'lte', value: now },
  ]
  const approvals = await settle('approval', due('expiresAt'), 'expiresAt', ({ id: approvalId }, projectId) =>
    system.approvals.expire({ projectId, approvalId }),
  )
  const escalations = await settle('approval', due('escalatesAt'), 'escalatesAt', ({ id: approvalId }, projectId) =>
    system.approvals.escalate({ projectId, approvalId }),
  )
  return { approvals, escalations }
}

/** Marks who has fallen silent, and ends sub-agents whose time is over. */
async function sweepAgents(settle: Settle, system: MissionControlClient, now: number) {
  const agents = await settle(
    'liveness',
    [{ field: 'silentAt', op: 'lte', value: now }],
    'silentAt',
    (liveness, projectId) => system.agents.markOffline({ projectId, agentId: liveness.id }),
  )
  const isOver: Filter[] = [
    { field: 'ttlAt', op: 'lte', value: now },
    { field: 'retiredAt', op: 'eq', value: null },
  ]
  const retired = await settle('agent', isOver, 'ttlAt', ({ id: agentId }, projectId) =>
    system.agents.retire({ projectId, agentId, reason: 'its time is over' }),
  )
  return { agents, retired }
}
