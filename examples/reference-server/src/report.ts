import { type Task, type TaskStatus, unwrap, usdFromMicros } from '@mission-control/core'
import type { Host } from './host.ts'
import type { Job } from './work/job.ts'
import { jobOf } from './work/jobs.ts'

const POLL_MS = 300
const ENDED: readonly TaskStatus[] = ['DONE', 'BLOCKED', 'CANCELED']

async function demoTasks(host: Host): Promise<readonly Task[]> {
  return unwrap(await host.admin.tasks.list({ limit: 200 })).data.filter((task) => jobOf(task.sourceRef) !== null)
}

/** Waits until every task has ended, or the time is over. */
export async function waitForEnd(host: Host, timeoutMs: number, signal: AbortSignal): Promise<void> {
  const until = Date.now() + timeoutMs
  while (!signal.aborted && Date.now() < until) {
    const tasks = await demoTasks(host)
    if (tasks.length > 0 && tasks.every((task) => ENDED.includes(task.status))) return
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

interface Row {
  readonly cells: readonly string[]
  readonly problem: string | null
}

/** Prints what became of every task, from the records, and gives what is not as it should be. */
export async function printReport(host: Host, jobs: readonly Job[]): Promise<readonly string[]> {
  const tasks = await demoTasks(host)
  const agents = new Map(
    unwrap(await host.admin.agents.list({ limit: 100 })).data.map((agent) => [agent.id, agent.name]),
  )
  const rows: Row[] = []
  for (const job of jobs) {
    const found = tasks.filter((task) => task.sourceRef === job.ref)
    rows.push(await reportRow(host, job, found, agents))
  }
  const head = ['Task', 'Agent', 'States passed', 'Allowed/asked/denied', 'Cost', 'Cycles']
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row.cells[column]?.length ?? 0)))
  const print = (cells: readonly string[]) =>
    console.log(
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  console.log('')
  print(head)
  print(widths.map((width) => '-'.repeat(width)))
  for (const row of rows) print(row.cells)
  const money = await ledgerProblems(host)
  return [...rows.flatMap((row) => (row.problem === null ? [] : [row.problem])), ...money]
}

async function reportRow(
  host: Host,
  job: Job,
  found: readonly Task[],
  agents: ReadonlyMap<string, string>,
): Promise<Row> {
  const [task] = found
  if (task === undefined) return { cells: [job.title], problem: `${job.ref}: the task is missing` }
  const transitions = unwrap(await host.admin.tasks.transitions({ taskId: task.id, limit: 200 })).data
  const calls = unwrap(await host.admin.toolCalls.list({ taskId: task.id, limit: 200 })).data
  const runs = unwrap(await host.admin.runs.list({ taskId: task.id, limit: 200 })).data
  const approvals = unwrap(await host.admin.approvals.list({ taskId: task.id, limit: 200 })).data
  const asked = approvals.filter((approval) => approval.actionType === 'TOOL_CALL').length
  const denied = calls.filter((call) => call.status === 'DENIED').length
  const allowed = calls.filter((call) => call.decision === 'ALLOW').length
  const states = ['INBOX', ...transitions.map((transition) => transition.to)].map((state) => SHORT[state as TaskStatus])
  const cost = runs.reduce((sum, run) => sum + run.billedMicros + run.imputedMicros, 0)
  const worker = agents.get(task.workedBy[0] ?? task.assigneeIds[0] ?? '') ?? '-'
  const isTwice = found.length > 1 || transitions.filter((transition) => transition.to === 'DONE').length > 1
  const problem = isTwice
    ? `${job.ref}: it was done more than once`
    : task.status === job.expected
      ? null
      : `${job.ref}: it is ${task.status}${task.blockedReason === null ? '' : ` (${task.blockedReason})`}, expected ${job.expected}`
  return {
    cells: [
      job.title,
      worker,
      states.join('>'),
      `${allowed}/${asked}/${denied}`,
      `$${usdFromMicros(cost, 6)}`,
      String(task.reviewCycles),
    ],
    problem,
  }
}

const SHORT: Readonly<Record<TaskStatus, string>> = {
  INBOX: 'inbox',
  ASSIGNED: 'assigned',
  IN_PROGRESS: 'working',
  REVIEW: 'review',
  NEEDS_APPROVAL: 'asks',
  BLOCKED: 'BLOCKED',
  DONE: 'DONE',
  CANCELED: 'CANCELED',
}

/** What all runs cost is what the project's days have settled, to the micro-USD. */
async function ledgerProblems(host: Host): Promise<string[]> {
  let runsMicros = 0
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = unwrap(await host.admin.runs.list({ limit: 200, ...(cursor === undefined ? {} : { cursor }) }))
    for (const run of page.data) runsMicros += run.billedMicros + run.imputedMicros
    cursor = page.nextCursor
  }
  const accounts = unwrap(await host.admin.budgets.list({ scopeType: 'PROJECT', limit: 200 })).data
  const settledMicros = accounts.reduce((sum, account) => sum + account.settled, 0)
  console.log(`\nLedger: $${usdFromMicros(settledMicros, 6)} settled, the runs say $${usdFromMicros(runsMicros, 6)}.`)
  return runsMicros === settledMicros ? [] : [`the ledger has ${settledMicros} micro-USD, the runs ${runsMicros}`]
}
