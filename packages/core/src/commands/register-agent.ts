import { z } from 'zod'
import { accept, type DecidingInProject, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { issueKey } from '../effects/issue-key.ts'
import { policyInForce, policyScope } from '../effects/policy-in-force.ts'
import type { Agent } from '../model/agent.ts'
import { HEARTBEAT_INTERVAL_MS_DEFAULT, heartbeatIntervalSchema } from '../model/agent.ts'
import { microsSchema } from '../model/money.ts'
import { AGENT_ROLES, type AgentRole, type Ceiling } from '../model/principal.ts'
import { refusal } from '../model/refusal.ts'
import { TASK_TYPES, taskTypeInput } from '../model/task.ts'
import { metadataSchema, nameSchema } from '../model/text.ts'
import { agentCaps } from '../rules/default-caps.ts'
import { silenceMs } from '../rules/lease.ts'
import { beyondCeiling, CONCURRENT_TASKS_DEFAULT, raisesOf, roleOf, subAgentsMax } from '../rules/registration.ts'
import { inProject } from './inputs.ts'

const KEY_TTL_MS = 7 * 86_400_000

const input = z.strictObject({
  ...inProject,
  name: nameSchema(60),
  emoji: nameSchema(16).optional(),
  role: z.enum(AGENT_ROLES).optional(),
  isCao: z.boolean().default(false),
  workspacePath: nameSchema(1000).default('./'),
  allowedTaskTypes: z.array(taskTypeInput).max(TASK_TYPES.length).default([]),
  allowedTools: z.array(nameSchema(100)).max(200).optional(),
  capabilities: z.array(nameSchema(60)).max(50).default([]),
  model: z.strictObject({ primary: nameSchema(200), fallback: nameSchema(200).optional() }).optional(),
  budgetDailyMicros: microsSchema.optional(),
  budgetPerRunMicros: microsSchema.optional(),
  maxSubAgents: z.int().min(0).max(100).optional(),
  maxConcurrentTasks: z.int().min(1).max(50).optional(),
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
 * Registers an agent by its name. An ADMIN may make any; an enrollment key those within its ceiling, as often as it has
 * uses, never a CAO. The second time it needs the agent's own key (or an ADMIN), changes nothing and shows no key; an
 * agent that asks for more than it has is refused.
 */
export const registerAgent = projectCommand({
  name: 'agents.register',
  summary: 'Registers an agent and issues its key, once.',
  input,
  permission: null,
  whenContained: 'allowed',
  forEnrollment: true,
  forReceipt: (data: Registered) => ({ ...data, key: null }),
  scope: ({ projectId, name }) =>
    joinScopes(policyScope(projectId), {
      lookups: [
        { lookup: 'agentByName', values: [projectId, name], limit: 1 },
        { lookup: 'caoOfProject', values: [projectId], limit: 1 },
      ],
    }),
  decide(deciding, given) {
    const { snapshot, principal, agent, project, enrollment } = deciding
    const known = snapshot.find('agentByName', project.id, given.name)[0] ?? null
    const isPersonally = enrollment === null
    const isAdmin = isPersonally && (principal === null || (principal.kind === 'HUMAN' && principal.role === 'ADMIN'))
    if (known !== null) {
      if (!isAdmin && !(isPersonally && agent?.id === known.id)) {
        return refuse(refusal('FORBIDDEN', `${given.name} is registered; its own key is needed`))
      }
      const raised = isAdmin ? [] : raisesOf(given, known)
      if (raised.length > 0) {
        return refuse(refusal('FORBIDDEN', 'no agent raises its own role, tools or budget', { errors: raised }))
      }
      return accept<Registered>({
        agentId: known.id,
        principalId: known.principalId,
        agent: known,
        created: false,
        key: null,
      })
    }
    const ceiling = enrollment?.ceiling ?? null
    const role = roleOf(given, ceiling)
    const problem = isAdmin ? null : enrollmentProblem(deciding, given, role)
    if (problem !== null) return refuse(problem)
    if (given.isCao && role !== 'LEAD') {
      return refuse(
        refusal('VALIDATION', 'a CAO is a LEAD', { errors: [{ field: 'isCao', message: 'needs role LEAD' }] }),
      )
    }
    if (given.isCao && snapshot.find('caoOfProject', project.id).length > 0) {
      return refuse(
        refusal('DUPLICATE', 'this project has a CAO', { errors: [{ field: 'isCao', message: 'is taken' }] }),
      )
    }
    if (enrollment !== null && ceiling !== null) {
      deciding.changes.update('credential', enrollment, { ceiling: { ...ceiling, uses: ceiling.uses - 1 } })
    }
    return accept(writeAgent(deciding, given, role, ceiling))
  },
})

/** Why the key does not make this agent; without an enrollment key, nobody but an ADMIN makes any. */
function enrollmentProblem({ enrollment, project }: DecidingInProject, given: Registration, role: AgentRole) {
  const ceiling = enrollment?.ceiling ?? null
  if (ceiling === null) return refusal('FORBIDDEN', 'registering a new agent needs agents.register')
  if (ceiling.projectId !== project.id) return refusal('FORBIDDEN', 'this enrollment key is for another project')
  if (ceiling.uses < 1) return refusal('FORBIDDEN', 'this enrollment key has been used up')
  const errors = beyondCeiling(given, role, ceiling)
  return errors.length === 0 ? null : refusal('FORBIDDEN', 'beyond the ceiling of this enrollment key', { errors })
}

function writeAgent(
  deciding: DecidingInProject,
  given: Registration,
  role: AgentRole,
  ceiling: Ceiling | null,
): Registered {
  const { changes, project, now } = deciding
  const usual = agentCaps(policyInForce(deciding, { taskType: null, agentId: null }), role, given.isCao)
  const caps = {
    dailyMicros: Math.min(usual.dailyMicros, ceiling?.budgetDailyMicros ?? usual.dailyMicros),
    perRunMicros: Math.min(usual.perRunMicros, ceiling?.budgetPerRunMicros ?? usual.perRunMicros),
  }
  const agentId = deciding.nextId('agent')
  const principal = changes.insert('principal', {
    projectId: null,
    kind: 'AGENT',
    displayName: given.name,
    role,
    projectIds: [project.id],
    agentId,
    status: 'ACTIVE',
    totpEnrolled: false,
  })
  const agent = changes.insert('agent', agentFields(given, role, project.id, principal.id, caps), agentId)
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
      enrollmentKeyId: deciding.enrollment?.keyId ?? null,
    },
    agentId,
  })
  const { key } = issueKey(deciding, { principalId: principal.id, label: agent.name, expiresAt: now + KEY_TTL_MS })
  return { agentId, principalId: principal.id, agent, created: true, key }
}

function agentFields(
  given: Registration,
  role: AgentRole,
  projectId: string,
  principalId: string,
  caps: { dailyMicros: number; perRunMicros: number },
) {
  return {
    projectId,
    principalId,
    name: given.name,
    emoji: given.emoji ?? null,
    role,
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
    canSpawn: role !== 'INTERN',
    maxSubAgents: given.maxSubAgents ?? subAgentsMax(role),
    parentAgentId: null,
    purpose: null,
    ttlAt: null,
    retiredAt: null,
    maxConcurrentTasks: given.maxConcurrentTasks ?? CONCURRENT_TASKS_DEFAULT,
    metadata: given.metadata ?? null,
  }
}
