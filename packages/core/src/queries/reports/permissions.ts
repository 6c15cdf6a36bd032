import { z } from 'zod'
import { inProject } from '../../commands/inputs.ts'
import type { Agent } from '../../model/agent.ts'
import type { Approval } from '../../model/approval.ts'
import type { Budget } from '../../model/ledger.ts'
import type { Credential } from '../../model/principal.ts'
import { pageInput, readPage } from '../page.ts'
import { found, projectQuery } from '../query.ts'
import { readAll } from './read-all.ts'

/** What one agent may do, and when it last did something. */
export interface AgentPermissions {
  readonly agentId: string
  readonly name: string
  readonly status: Agent['status']
  readonly role: Agent['role']
  readonly isCao: boolean
  /** Null: every tool that policy allows. */
  readonly allowedTools: readonly string[] | null
  /** Empty: every type. */
  readonly allowedTaskTypes: Agent['allowedTaskTypes']
  readonly canSpawn: boolean
  readonly maxSubAgents: number
  readonly budgetDailyMicros: number
  readonly budgetPerRunMicros: number
  /** Caps of its own beside the two above. */
  readonly budgets: readonly Pick<Budget, 'metric' | 'window' | 'cap'>[]
  /** Approvals that can still be used. */
  readonly grants: readonly Pick<Approval, 'id' | 'actionType' | 'actionSummary' | 'riskLevel' | 'grantExpiresAt'>[]
  readonly keys: readonly Pick<Credential, 'keyId' | 'kind' | 'status' | 'scopes' | 'expiresAt' | 'lastUsedAt'>[]
  readonly lastHeartbeatAt: number | null
}

/** Who may do what, agent by agent: for the review that somebody should do now and then. */
export const permissionsReport = projectQuery({
  name: 'reports.permissions',
  summary: 'Lists per agent its role, tools, types, budgets, grants, keys and last use.',
  input: z.strictObject({ ...inProject, ...pageInput }),
  permission: 'export.read',
  async read({ queries, project, now }, paging) {
    const page = await readPage(queries, { kind: 'agent', projectId: project.id }, paging)
    if (!page.ok) return page
    const agents = page.data.data
    const ids = agents.map(({ id }) => id)
    const [budgets, approvals, credentials, liveness] = await Promise.all([
      readAll(queries, {
        kind: 'budget',
        projectId: project.id,
        filters: [
          { field: 'scopeType', op: 'eq', value: 'AGENT' },
          { field: 'scopeId', op: 'in', value: ids },
        ],
      }),
      readAll(queries, {
        kind: 'approval',
        projectId: project.id,
        filters: [
          { field: 'status', op: 'eq', value: 'APPROVED' },
          { field: 'usedAt', op: 'eq', value: null },
          { field: 'grantExpiresAt', op: 'gt', value: now },
          { field: 'onBehalfOfAgentId', op: 'in', value: ids },
        ],
      }),
      readAll(queries, {
        kind: 'credential',
        filters: [{ field: 'principalId', op: 'in', value: agents.map(({ principalId }) => principalId) }],
      }),
      readAll(queries, { kind: 'liveness', projectId: project.id, filters: [{ field: 'id', op: 'in', value: ids }] }),
    ])
    const data = agents.map(
      (agent): AgentPermissions => ({
        agentId: agent.id,
        name: agent.name,
        status: agent.status,
        role: agent.role,
        isCao: agent.isCao,
        allowedTools: agent.allowedTools,
        allowedTaskTypes: agent.allowedTaskTypes,
        canSpawn: agent.canSpawn,
        maxSubAgents: agent.maxSubAgents,
        budgetDailyMicros: agent.budgetDailyMicros,
        budgetPerRunMicros: agent.budgetPerRunMicros,
        budgets: budgets
          .filter(({ scopeId }) => scopeId === agent.id)
          .map(({ metric, window, cap }) => ({ metric, window, cap })),
        grants: approvals
          .filter(({ onBehalfOfAgentId }) => onBehalfOfAgentId === agent.id)
          .map(({ id, actionType, actionSummary, riskLevel, grantExpiresAt }) => {
            return { id, actionType, actionSummary, riskLevel, grantExpiresAt }
          }),
        keys: credentials
          .filter(({ principalId }) => principalId === agent.principalId)
          .map(({ keyId, kind, status, scopes, expiresAt, lastUsedAt }) => {
            return { keyId, kind, status, scopes, expiresAt, lastUsedAt }
          }),
        lastHeartbeatAt: liveness.find(({ id }) => id === agent.id)?.lastHeartbeatAt ?? null,
      }),
    )
    return found({ data, nextCursor: page.data.nextCursor })
  },
})
