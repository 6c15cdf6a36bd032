import type { FlatMetrics } from './flat-metrics.ts'
import type { RequestCounts } from './request-counts.ts'

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number]

/** One metric in the text format of Prometheus. */
function metric(name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return ''
  const lines = samples.map(([labels, value]) => `missioncontrol_${name}${labelsText(labels)} ${value}`)
  return `# HELP missioncontrol_${name} ${help}\n# TYPE missioncontrol_${name} ${type}\n${lines.join('\n')}\n`
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function gauge(name: string, help: string, value: number | null): string {
  return metric(name, 'gauge', help, value === null ? [] : [[{}, value]])
}

function byStatus(name: string, help: string, counts: Readonly<Record<string, number>>): string {
  const samples = Object.entries(counts).flatMap(([status, count]): Sample[] =>
    status === 'total' ? [] : [[{ status: status.toLowerCase() }, count]],
  )
  return metric(name, 'gauge', help, samples)
}

/** The same facts as the flat metrics, and what this host itself did, for a scraper. */
export function prometheusText(flat: FlatMetrics, requests: RequestCounts, openStreams: number): string {
  return [
    gauge('up', 'Whether the store answers.', flat.status === 'healthy' ? 1 : 0),
    gauge('pending_approvals', 'Requests that wait for a decision.', flat.pendingApprovals),
    gauge('paused_agents', 'Agents that are paused.', flat.pausedAgents),
    gauge('offline_agents', 'Agents that have fallen silent.', flat.offlineAgents),
    gauge('cost_today_usd', 'What was spent today.', flat.totalCostToday),
    gauge('budget_today_usd', 'What may be spent today; absent without a limit.', flat.budgetToday),
    gauge('oldest_pending_approval_age_seconds', 'Age of the oldest request.', flat.oldestPendingApprovalAgeSec),
    gauge('outbox_lag_seconds', 'How long the oldest note has been due.', flat.outboxLag),
    gauge('projects', 'Active projects.', flat.projects.total),
    byStatus('agents', 'Agents by status.', flat.agents),
    byStatus('tasks', 'Tasks by status.', flat.tasks),
    gauge('runs', 'Runs ever started.', flat.runs.total),
    gauge('cost_total_usd', 'What was ever spent.', flat.runs.totalCost),
    gauge('approvals', 'Requests ever made.', flat.approvals.total),
    gauge('alerts', 'Alerts ever raised.', flat.alerts.total),
    gauge('open_alerts', 'Alerts that are open.', flat.alerts.open),
    gauge('open_streams', 'Event streams open on this host.', openStreams),
    metric(
      'http_requests_total',
      'counter',
      'Requests answered by this host.',
      [...requests.byStatus].map(([code, count]): Sample => [{ code }, count]),
    ),
    durations(requests),
  ].join('')
}

function durations(requests: RequestCounts): string {
  const name = 'missioncontrol_http_request_duration_seconds'
  const buckets = [...requests.histogram()].map(({ bound, count }) => `${name}_bucket{le="${bound}"} ${count}`)
  return `# HELP ${name} How long requests took, streams excepted.\n# TYPE ${name} histogram\n${buckets.join('\n')}
${name}_bucket{le="+Inf"} ${requests.count}\n${name}_sum ${requests.sumS}\n${name}_count ${requests.count}\n`
}
