import type { Agent } from '../../model/agent.ts'
import type { Approval } from '../../model/approval.ts'
import type { Alert } from '../../model/notification.ts'
import type { Task, TaskStatus } from '../../model/task.ts'
import type { Filter } from '../../ports/storage.ts'
import type { AlertLine, ApprovalLine, TaskLine } from '../../rules/reports/standup.ts'
import type { ReadingInProject } from '../query.ts'
import { readAll, readSome } from './read-all.ts'

export const DAY_MS = 24 * 60 * 60_000
const APPROVALS_MAX = 10

/** The most urgent first, the longest waiting of equals first. */
export const URGENT_FIRST = [{ field: 'priority', direction: 'asc' }] as const

export function inStatus(status: TaskStatus): Filter[] {
  return [{ field: 'status', op: 'eq', value: status }]
}

export function completedBetween(fromAt: number, toAt: number): Filter[] {
  return [
    ...inStatus('DONE'),
    { field: 'completedAt', op: 'gte', value: fromAt },
    { field: 'completedAt', op: 'lt', value: toAt },
  ]
}

/** The agents of a project, and how to say which of them have a task. */
export async function namesOf({ queries, project }: ReadingInProject) {
  const agents = await readAll(queries, {
    kind: 'agent',
    projectId: project.id,
    order: [{ field: 'name', direction: 'asc' }],
  })
  const names = new Map(agents.map((agent: Agent) => [agent.id, agent.name]))
  const line = ({ id, title, status, priority, assigneeIds, blockedReason }: Task): TaskLine => {
    return { id, title, status, priority, agents: assigneeIds.map((one) => names.get(one) ?? one), blockedReason }
  }
  return { agents, line }
}

export function pendingApprovals({ queries, project }: ReadingInProject) {
  const line = ({ id, actionSummary, riskLevel, expiresAt }: Approval): ApprovalLine => {
    return { id, summary: actionSummary, riskLevel, expiresAt }
  }
  const filters = [{ field: 'status', op: 'eq', value: 'PENDING' } as const]
  const order = [{ field: 'expiresAt', direction: 'asc' } as const]
  return readSome(queries, { kind: 'approval', projectId: project.id, filters, order }, APPROVALS_MAX, line)
}

export function openAlerts({ queries, project }: ReadingInProject, limit: number) {
  const line = ({ id, title, severity, count }: Alert): AlertLine => ({ id, title, severity, count })
  const filters = [{ field: 'status', op: 'in', value: ['OPEN', 'ACKNOWLEDGED'] } as const]
  return readSome(queries, { kind: 'alert', projectId: project.id, filters }, limit, line)
}
