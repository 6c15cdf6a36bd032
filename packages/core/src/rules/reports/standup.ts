import type { AgentStatus } from '../../model/agent.ts'
import type { Severity } from '../../model/notification.ts'
import type { TaskStatus } from '../../model/task.ts'
import { bullets, moment, page, said, table, usd } from './markdown.ts'

/** A task in one line. */
export interface TaskLine {
  readonly id: string
  readonly title: string
  readonly status: TaskStatus
  readonly priority: number
  /** Names of the agents that have it. */
  readonly agents: readonly string[]
  readonly blockedReason: string | null
}

/** What waits for a person, in one line. */
export interface ApprovalLine {
  readonly id: string
  readonly summary: string
  readonly riskLevel: 'YELLOW' | 'RED'
  readonly expiresAt: number
}

/** What is wrong, in one line. */
export interface AlertLine {
  readonly id: string
  readonly title: string
  readonly severity: Severity
  readonly count: number
}

/** Some of many: the first ones, and how many there are. */
export interface Some<T> {
  readonly count: number
  readonly first: readonly T[]
}

/** What one agent did in the last 24 hours and does now. */
export interface AgentLine {
  readonly agentId: string
  readonly name: string
  readonly status: AgentStatus
  readonly completed: number
  /** Titles of the tasks it works on. */
  readonly workingOn: readonly string[]
  /** Of its local day. */
  readonly spentMicros: number
  readonly capMicros: number | null
}

export interface Standup {
  readonly projectName: string
  /** The local date. */
  readonly date: string
  readonly fromAt: number
  readonly toAt: number
  readonly completed: Some<TaskLine>
  readonly inProgress: Some<TaskLine>
  readonly blocked: Some<TaskLine>
  readonly pendingApprovals: Some<ApprovalLine>
  readonly openAlerts: Some<AlertLine>
  readonly costMicros: number
  readonly agents: readonly AgentLine[]
}

/** What a person should do something about. */
export function needsAttention(standup: Omit<Standup, 'projectName' | 'date' | 'fromAt' | 'toAt'>): string[] {
  const { pendingApprovals, blocked, openAlerts, agents } = standup
  const several = (count: number, one: string, many: string) => (count === 1 ? `1 ${one}` : `${count} ${many}`)
  return [
    ...(pendingApprovals.count > 0
      ? [`${several(pendingApprovals.count, 'approval waits', 'approvals wait')} for a decision`]
      : []),
    ...(blocked.count > 0 ? [`${several(blocked.count, 'task is', 'tasks are')} blocked`] : []),
    ...(openAlerts.count > 0 ? [`${several(openAlerts.count, 'alert is', 'alerts are')} open`] : []),
    ...agents
      .filter(({ status }) => status !== 'ACTIVE' && status !== 'DRAINED')
      .map(({ name, status }) => `${said(name)} is ${status}`),
    ...agents
      .filter(({ spentMicros, capMicros }) => capMicros !== null && spentMicros >= capMicros && spentMicros > 0)
      .map(({ name }) => `${said(name)} has spent its budget of the day`),
  ]
}

export function taskLine({ title, priority, agents, blockedReason }: TaskLine): string {
  const who = agents.length === 0 ? '' : `, ${agents.map(said).join(', ')}`
  const why = blockedReason === null ? '' : `: ${said(blockedReason)}`
  return `P${priority} ${said(title)}${who}${why}`
}

export function approvalLine({ summary, riskLevel, expiresAt }: ApprovalLine): string {
  return `${riskLevel} ${said(summary)}, until ${moment(expiresAt)}`
}

function alertLine({ title, severity, count }: AlertLine): string {
  return `${severity} ${said(title)}${count > 1 ? ` (${count} times)` : ''}`
}

/** A section with its count, its first lines, and how many more there are. */
export function section<T>(title: string, { count, first }: Some<T>, line: (item: T) => string, none: string): string {
  const more = count > first.length ? [`and ${count - first.length} more`] : []
  return `## ${title} (${count})\n\n${bullets([...first.map(line), ...more], none)}`
}

/** The report of the day as Markdown. */
export function standupMarkdown(standup: Standup): string {
  const attention = needsAttention(standup)
  const agents = standup.agents.map((agent) => [
    said(agent.name),
    agent.status,
    String(agent.completed),
    agent.workingOn.map(said).join('; ') || 'nothing',
    `${usd(agent.spentMicros)} / ${usd(agent.capMicros)}`,
  ])
  return page(
    `# Standup ${standup.date}: ${said(standup.projectName)}`,
    `From ${moment(standup.fromAt)} to ${moment(standup.toAt)}. Cost: ${usd(standup.costMicros)}.`,
    `## Needs attention (${attention.length})\n\n${bullets(attention, 'Nothing.')}`,
    section('Completed', standup.completed, taskLine, 'Nothing was completed.'),
    section('In progress', standup.inProgress, taskLine, 'Nothing is in progress.'),
    section('Blocked', standup.blocked, taskLine, 'Nothing is blocked.'),
    section('Pending approvals', standup.pendingApprovals, approvalLine, 'No approval waits.'),
    section('Open alerts', standup.openAlerts, alertLine, 'No alert is open.'),
    `## Agents (${agents.length})\n\n${table(['Agent', 'Status', 'Completed', 'Working on', 'Spend / cap today'], agents)}`,
  )
}
