import { z } from 'zod'
import { accept, type DecidingInProject, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { issueKey } from '../effects/issue-key.ts'
import { policyInForce, policyScope } from '../effects/policy-in-force.ts'
import type { Agent } from '../model/agent.ts'
import { HEARTBEAT_INTERVAL_MS_DEFAULT, heartbeatIntervalSchema } from '../model/agent.ts'
import { microsSchema } from '../model/money.ts'
import { AGENT_ROLES } from '../model/principal.ts'
import { refusal } from '../model/refusal.ts'
import { TASK_TYPES, taskTypeInput } from '../model/task.ts'
import { metadataSchema, nameSchema } from '../model/text.ts'
import { agentCaps } from '../rules/default-caps.ts'
import { silenceMs } from '../rules/lease.ts'
import { inProject } from './inputs.ts'

const KEY_TTL_MS = 7 * 86_400_000

const input = z.strictObject({
  ...inProject,
  name: nameSchema(60),
  emoji: nameSchema(16).optional(),
  role: z.enum(AGENT_ROLES).default('SPECIALIST'),
  isCao: z.boolean().default(false),
  workspacePath: nameSchema(1000).default('./'),
  allowedTaskTypes: z.array(taskTypeInput).max(TASK_TYPES.length).default([]),
  allowedTools: z.array(nameSchema(100)).max(200).optional(),
  capabilities: z.array(nameSchema(60)).max(50).default([]),
  model: z.strictObject({ primary: nameSchema(200), fallback: nameSchema(200).optional() }).optional(),
  budgetDailyMicros: microsSchema.optional(),
  budgetPerRunMicros: microsSchema.optional(),
  maxSubAgents: z.int().min(0).max(100).optional(),
  maxConcurrentTasks: z.int().min(1).max(50).default(3),
  heartbeatIntervalMs: heartbeatIntervalSchema.default(HEARTBEAT_INTERVAL_MS_DEFAULT),
  metadata: metadataSchema.optional(),
})
type Registration = z.infer<typeof input>

/** The agent, and its key when it is new: shown once, no replay gives it again. */
export interface Registered {
  readonly agentId: string
  readonly principalId: string
  readonly agent: Agent
  readonly created: boolean
  readonly key: string | null
}

/**
 * Registers an agent by its name, within the defaults of its role. The second time it needs the agent's own key
 * (or an ADMIN), changes nothing and shows no key. Only an ADMIN makes a CAO or goes beyond the defaults.
 */
export const registerAgent = projectCommand({
  name: 'agents.register',
  summary: 'Registers an agent and issues its key, once.',
  input,
  permission: null,
  whenContained: 'allowed',
  forReceipt: (data: Registered) => ({ ...data, key: null }),
  scope: ({ projectId, name }) =>
    joinScopes(policyScope(projectId), {
      lookups: [
        { lookup: 'agentByName', values: [projectId, name], limit: 1 },
        { lookup: 'caoOfProject', values: [projectId], limit: 1 },
      ],
    }),
  decide(deciding, given) {
    const { snapshot, principal, agent, project, now } = deciding
    const known = snapshot.find('agentByName', project.id, given.name)[0] ?? null
    const isAdmin = principal === null || (principal.kind === 'HUMAN' && principal.role === 'ADMIN')
    if (known !== null) {
      if (!isAdmin && agent?.id !== known.id) {
        return refuse(refusal('FORBIDDEN', `${given.name} is registered; its own key is needed`))
      }
      return accept<Registered>({
        agentId: known.id,
        principalId: known.principalId,
        agent: known,
        created: false,
        key: null,
      })
    }
    if (!isAdmin) return refuse(refusal('FORBIDDEN', 'registering a new agent needs agents.register'))
    if (given.isCao && given.role !== 'LEAD') {
      return refuse(
        refusal('VALIDATION', 'a CAO is a LEAD', { errors: [{ field: 'isCao', message: 'needs role LEAD' }] }),
      )
    }
    if (given.isCao && snapshot.find('caoOfProject', project.id).length > 0) {
      return refuse(
        refusal('DUPLICATE', 'this project has a CAO', { errors: [{ field: 'isCao', message: 'is taken' }] }),
      )
    }
    return accept(writeAgent(deciding, given, now))
  },
})

function writeAgent(deciding: DecidingInProject, given: Registration, now: number): Registered {
  const { changes, project } = deciding
  const caps = agentCaps(policyInForce(deciding, { taskType: null, agentId: null }), given.role, given.isCao)
  const agentId = deciding.nextId('agent')
  const principal = changes.insert('principal', {
    projectId: null,
    kind: 'AGENT',
    displayName: given.name,
    role: given.role,
    projectIds: [project.id],
    agentId,
    status: 'ACTIVE',
    totpEnrolled: false,
  })
  const agent = changes.insert('agent', agentFields(given, project.id, principal.id, caps), agentId)
  changes.insert(
    'liveness',
    {
      projectId: project.id,
      lastHeartbeatAt: now,
      silentAt: now + silenceMs(given.heartbeatIntervalMs),
      heartbeatIntervalMs: given.heartbeatIntervalMs,
      health: 'IDLE',
      sessionKey: null,
      currentTaskId: null,
      soulVersionHash: null,
      errorStreak: 0,
      lastError: null,
    },
    agentId,
  )
  changes.insert('workload', { projectId: project.id, activeTaskIds: [], openRuns: [], recentRuns: [] }, agentId)
  changes.event('AGENT_REGISTERED', {
    subject: `agent/${agentId}`,
    summary: `${agent.name} registered as ${agent.isCao ? 'CAO' : agent.role}`,
    data: {
      name: agent.name,
      role: agent.role,
      isCao: agent.isCao,
      budgetDailyMicros: agent.budgetDailyMicros,
      budgetPerRunMicros: agent.budgetPerRunMicros,
    },
    agentId,
  })
  const { key } = issueKey(deciding, { principalId: principal.id, label: agent.name, expiresAt: now + KEY_TTL_MS })
  return { agentId, principalId: principal.id, agent, created: true, key }
}

function agentFields(
  given: Registration,
  projectId: string,
  principalId: string,
  caps: { dailyMicros: number; perRunMicros: number },
) {
  return {
    projectId,
    principalId,
    name: given.name,
    emoji: given.emoji ?? null,
    role: given.role,
    isCao: given.isCao,
    status: 'ACTIVE' as const,
    pausedBy: null,
    statusReason: null,
    statusChangedBy: null,
    drainRequestedAt: null,
    workspacePath: given.workspacePath,
    allowedTaskTypes: given.allowedTaskTypes,
    allowedTools: given.allowedTools ?? null,
    capabilities: given.capabilities,
    model: given.model === undefined ? null : { primary: given.model.primary, fallback: given.model.fallback ?? null },
    budgetDailyMicros: given.budgetDailyMicros ?? caps.dailyMicros,
    budgetPerRunMicros: given.budgetPerRunMicros ?? caps.perRunMicros,
    canSpawn: given.role !== 'INTERN',
    maxSubAgents: given.maxSubAgents ?? (given.role === 'INTERN' ? 0 : 3),
    parentAgentId: null,
    purpose: null,
    ttlAt: null,
    retiredAt: null,
    maxConcurrentTasks: given.maxConcurrentTasks,
    metadata: given.metadata ?? null,
  }
}
