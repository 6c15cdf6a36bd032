import { z } from 'zod'
import { accept, type DecidingInProject, type Decision, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { issueKey } from '../effects/issue-key.ts'
import { policyInForce, policyScope } from '../effects/policy-in-force.ts'
import { type SpawnRequest, spawnAgent, spawnScope } from '../effects/spawn-agent.ts'
import { KEY_TTL_MS, type NewAgent, type Registered, writeAgent } from '../effects/write-agent.ts'
import { type Agent, HEARTBEAT_INTERVAL_MS_DEFAULT, heartbeatIntervalSchema } from '../model/agent.ts'
import { refSchema } from '../model/ids.ts'
import { microsSchema } from '../model/money.ts'
import { AGENT_ROLES, type AgentRole, type Ceiling, type Credential } from '../model/principal.ts'
import { refusal } from '../model/refusal.ts'
import { TASK_TYPES, taskTypeInput } from '../model/task.ts'
import { metadataSchema, nameSchema } from '../model/text.ts'
import type { Scope } from '../ports/storage.ts'
import { agentCaps } from '../rules/default-caps.ts'
import { replaceableKey } from '../rules/keys.ts'
import { beyondCeiling, raisesOf, roleOf } from '../rules/registration.ts'
import { inProject } from './inputs.ts'

/** Keys of one agent that are looked at; an agent with as many has been in use. */
const KEYS_MAX = 50

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
  /** Registers a sub-agent, by the rules of spawning. */
  parentAgentId: refSchema.optional(),
  parentTaskId: refSchema.optional(),
  purpose: nameSchema(2000).optional(),
})
type Registration = z.infer<typeof input>

/**
 * Registers an agent by its name. An ADMIN may make any; an enrollment key those within its ceiling, as often as it has
 * uses, never a CAO; it may have the key of such an agent replaced while nobody has used it. The second time it needs the agent's own key (or an ADMIN), changes nothing and shows no key; an
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
  scope: (given, caller, seen) => {
    const { projectId, name } = given
    const request = requestOf(given)
    const known =
      seen?.hasLookup('agentByName', [projectId, name]) === true
        ? seen.find('agentByName', projectId, name)[0]
        : undefined
    const keys = caller.key?.kind === 'ENROLLMENT' && known !== undefined ? keysScope(known) : {}
    return joinScopes(policyScope(projectId), request === null ? {} : spawnScope(request, seen), keys, {
      lookups: [
        { lookup: 'agentByName', values: [projectId, name], limit: 1 },
        { lookup: 'caoOfProject', values: [projectId], limit: 1 },
      ],
    })
  },
  decide(deciding, given) {
    const { snapshot, principal, agent, project, enrollment } = deciding
    const known = snapshot.find('agentByName', project.id, given.name)[0] ?? null
    const isAdmin =
      enrollment === null && (principal === null || (principal.kind === 'HUMAN' && principal.role === 'ADMIN'))
    if (known !== null && enrollment !== null) return replaceKey(deciding, given, known, enrollment)
    if (known !== null) {
      if (!isAdmin && agent?.id !== known.id) {
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
    const request = requestOf(given)
    if (request !== null) return spawnAgent(deciding, request)
    return accept(writeAgent(deciding, newAgent(deciding, given, role, ceiling)))
  },
})

function keysScope({ principalId }: Agent): Scope {
  return { lookups: [{ lookup: 'credentialsOfPrincipal', values: [principalId], limit: KEYS_MAX }] }
}

/**
 * The answer with the key may have been lost on its way: as long as nobody has used the key, the enrollment key that
 * made the agent may have another one in its place. The agent itself stays as it is.
 */
function replaceKey(
  deciding: DecidingInProject,
  given: Registration,
  known: Agent,
  enrollment: Credential,
): Decision<Registered> {
  const { snapshot, changes, now } = deciding
  const keys = snapshot.find('credentialsOfPrincipal', known.principalId)
  const old = keys.length === KEYS_MAX ? null : replaceableKey(keys, enrollment.id)
  const isAway = known.retiredAt !== null || known.status === 'QUARANTINED'
  if (old === null || isAway) return refuse(refusal('FORBIDDEN', `${given.name} is registered; its own key is needed`))
  const raised = raisesOf(given, known)
  if (raised.length > 0)
    return refuse(refusal('FORBIDDEN', 'no agent raises its own role, tools or budget', { errors: raised }))
  snapshot.rely('agent', known)
  const { credential, key } = issueKey(deciding, {
    principalId: known.principalId,
    label: known.name,
    expiresAt: Math.min(now + KEY_TTL_MS, known.ttlAt ?? Number.MAX_SAFE_INTEGER),
    replacesId: old.id,
    enrollmentId: enrollment.id,
  })
  changes.update('credential', old, { status: 'REVOKED' })
  changes.event('KEY_ROTATED', {
    subject: `credential/${old.id}`,
    summary: `Key ${old.keyId}, which nobody has used, is replaced`,
    data: { by: credential.keyId, endsAt: now },
  })
  return accept<Registered>({ agentId: known.id, principalId: known.principalId, agent: known, created: false, key })
}

/** What a registration with a parent asks for; null without one. */
function requestOf(given: Registration): SpawnRequest | null {
  const { parentAgentId } = given
  if (parentAgentId === undefined) return null
  return { ...given, parentAgentId, parentTaskId: given.parentTaskId ?? null, purpose: given.purpose ?? null }
}

/** Why the key does not make this agent; without an enrollment key, nobody but an ADMIN makes any. */
function enrollmentProblem({ enrollment, project }: DecidingInProject, given: Registration, role: AgentRole) {
  const ceiling = enrollment?.ceiling ?? null
  if (ceiling === null) return refusal('FORBIDDEN', 'registering a new agent needs agents.register')
  if (ceiling.projectId !== project.id) return refusal('FORBIDDEN', 'this enrollment key is for another project')
  if (ceiling.uses < 1) return refusal('FORBIDDEN', 'this enrollment key has been used up')
  if (given.parentAgentId !== undefined) return refusal('FORBIDDEN', 'an enrollment key makes no sub-agents')
  const errors = beyondCeiling(given, role, ceiling)
  return errors.length === 0 ? null : refusal('FORBIDDEN', 'beyond the ceiling of this enrollment key', { errors })
}

/** The agent as it will be written: what was asked for, and the usual of its role within the ceiling for the rest. */
function newAgent(
  deciding: DecidingInProject,
  given: Registration,
  role: AgentRole,
  ceiling: Ceiling | null,
): NewAgent {
  const usual = agentCaps(policyInForce(deciding, { taskType: null, agentId: null }), role, given.isCao)
  const dailyMicros = Math.min(usual.dailyMicros, ceiling?.budgetDailyMicros ?? usual.dailyMicros)
  const perRunMicros = Math.min(usual.perRunMicros, ceiling?.budgetPerRunMicros ?? usual.perRunMicros)
  return {
    ...given,
    role,
    allowedTools: given.allowedTools ?? null,
    caps: {
      dailyMicros: given.budgetDailyMicros ?? dailyMicros,
      perRunMicros: given.budgetPerRunMicros ?? perRunMicros,
    },
    spawn: null,
  }
}
