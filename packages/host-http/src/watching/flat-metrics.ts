import { type Health, TASK_STATUSES } from '@mission-control/core'

const MICROS_PER_USD = 1_000_000

/** The facts of health under the flat names that monitors know; these names are stable. Costs are USD, spans seconds. */
export function flatMetrics(health: Health) {
  const { agents, tasks, runs, approvals, alerts } = health
  const runsTotal = sumOf(runs)
  const totalCost = usd(health.costTotalMicros)
  return {
    status: 'healthy' as const,
    timestamp: health.at,
    pendingApprovals: approvals.PENDING ?? 0,
    pausedAgents: agents.PAUSED ?? 0,
    offlineAgents: agents.OFFLINE ?? 0,
    totalCostToday: usd(health.costTodayMicros),
    budgetToday: health.budgetTodayMicros === null ? null : usd(health.budgetTodayMicros),
    oldestPendingApprovalAgeSec: seconds(health.oldestPendingApprovalAgeMs),
    outboxLag: seconds(health.outboxLagMs),
    projects: { total: health.projects },
    agents: {
      total: sumOf(agents),
      active: agents.ACTIVE ?? 0,
      paused: agents.PAUSED ?? 0,
      drained: agents.DRAINED ?? 0,
      quarantined: agents.QUARANTINED ?? 0,
      offline: agents.OFFLINE ?? 0,
    },
    tasks: { total: sumOf(tasks), ...Object.fromEntries(TASK_STATUSES.map((status) => [status, tasks[status] ?? 0])) },
    runs: {
      total: runsTotal,
      totalCost,
      avgCostPerRun: runsTotal === 0 ? 0 : usd(Math.ceil(health.costTotalMicros / runsTotal)),
    },
    approvals: { total: sumOf(approvals), pending: approvals.PENDING ?? 0 },
    alerts: { total: sumOf(alerts), open: alerts.OPEN ?? 0 },
  }
}

export type FlatMetrics = ReturnType<typeof flatMetrics>

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

function usd(micros: number): number {
  return micros / MICROS_PER_USD
}

function seconds(ms: number): number {
  return Math.max(0, ms) / 1000
}
