import type { Agent } from '../model/agent.ts'
import type { Principal } from '../model/principal.ts'

/** What a principal may be allowed to do. Agents act in their project and, unless stated, on their own work. */
export const PERMISSIONS = [
  'read',
  'tasks.create',
  'tasks.claim',
  'tasks.work',
  'tasks.block',
  'tasks.assign',
  'tasks.manage',
  'tasks.caps',
  'runs.write',
  'messages.post',
  'approvals.request',
  'approvals.decide',
  'reviews.post',
  'disputes.decide',
  'documents.write',
  'agents.spawn',
  'agents.register',
  'agents.admin',
  'agents.control',
  'alerts.manage',
  'export.read',
  'policy.admin',
  'budgets.admin',
  'keys.admin',
  'principals.admin',
  'executors.admin',
  'webhooks.admin',
  'projects.admin',
  'teams.admin',
  'backup.admin',
  'metrics.read',
] as const
export type Permission = (typeof PERMISSIONS)[number]

const ANY_AGENT: readonly Permission[] = [
  'read',
  'tasks.create',
  'tasks.claim',
  'tasks.work',
  'runs.write',
  'messages.post',
  'approvals.request',
  'documents.write',
]
const SPECIALIST: readonly Permission[] = [...ANY_AGENT, 'tasks.block', 'agents.spawn']
const LEAD: readonly Permission[] = [...SPECIALIST, 'tasks.assign', 'reviews.post', 'tasks.caps']
// A LEAD decides only where policy lets it, and only what it may; the approval rules look closer.
const CAO: readonly Permission[] = [...LEAD, 'approvals.decide', 'disputes.decide', 'agents.control']

const VIEWER: readonly Permission[] = ['read']
const OPERATOR: readonly Permission[] = [
  ...VIEWER,
  'tasks.create',
  'tasks.claim',
  'tasks.work',
  'tasks.block',
  'tasks.assign',
  'tasks.manage',
  'tasks.caps',
  'messages.post',
  'reviews.post',
  'approvals.decide',
  'disputes.decide',
  'documents.write',
  'agents.control',
  'alerts.manage',
  'export.read',
  'metrics.read',
]
const ADMIN: readonly Permission[] = PERMISSIONS.filter((permission) => permission !== 'runs.write')

const OF_AGENT = { INTERN: ANY_AGENT, SPECIALIST, LEAD } as const
const OF_HUMAN = { VIEWER, OPERATOR, ADMIN } as const

/** Whether an agent of that role holds the permission. */
export function agentHasPermission(agent: Pick<Agent, 'role' | 'isCao'>, permission: Permission): boolean {
  return (agent.isCao ? CAO : OF_AGENT[agent.role]).includes(permission)
}

/** Whether this principal holds the permission. Who it acts on is for the rule of the act. */
export function hasPermission(principal: Principal, agent: Agent | null, permission: Permission): boolean {
  if (principal.kind === 'AGENT') return agent !== null && agentHasPermission(agent, permission)
  if (principal.kind !== 'HUMAN') return false
  const role = principal.role
  return (role === 'VIEWER' || role === 'OPERATOR' || role === 'ADMIN') && OF_HUMAN[role].includes(permission)
}

/** Whether the principal may see anything of that project. */
export function mayEnterProject(principal: Principal, projectId: string): boolean {
  return principal.projectIds === 'ALL' || principal.projectIds.includes(projectId)
}
