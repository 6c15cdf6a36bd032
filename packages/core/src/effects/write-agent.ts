import type { DecidingInProject } from '../decide/command.ts'
import type { Agent } from '../model/agent.ts'
import { HEARTBEAT_INTERVAL_MS_DEFAULT } from '../model/agent.ts'
import type { AgentRole } from '../model/principal.ts'
import type { TaskType } from '../model/task.ts'
import { silenceMs } from '../rules/lease.ts'
import { redactText } from '../rules/redaction.ts'
import { CONCURRENT_TASKS_DEFAULT, subAgentsMax } from '../rules/registration.ts'
import { issueKey } from './issue-key.ts'

/** How long the key of an agent lives. */
export const KEY_TTL_MS = 7 * 86_400_000

/** The agent, and its key when it is new: shown once, no replay gives it again. */
export interface Registered {
  readonly agentId: string
  readonly principalId: string
  readonly agent: Agent
  readonly created: boolean
  readonly key: string | null
}

/** A new agent with everything that it needs decided: who it is, what it may do, what it may cost. */
export interface NewAgent {
  readonly name: string
  readonly role: AgentRole
  readonly isCao: boolean
  readonly caps: { readonly dailyMicros: number; readonly perRunMicros: number }
  readonly allowedTaskTypes: readonly TaskType[]
  readonly allowedTools: readonly string[] | null
  readonly emoji?: string | undefined
  readonly workspacePath?: string | undefined
  readonly capabilities?: readonly string[] | undefined
  readonly model?: { readonly primary: string; readonly fallback?: string | undefined } | undefined
  readonly maxSubAgents?: number | undefined
  readonly maxConcurrentTasks?: number | undefined
  readonly heartbeatIntervalMs?: number | undefined
  readonly metadata?: Agent['metadata'] | undefined
  /** Who spawned it, for which task, to what end and until when. Null: nobody did. */
  readonly spawn: {
    readonly parentAgentId: string
    readonly parentTaskId: string
    readonly purpose: string
    readonly ttlAt: number
  } | null
}

/** Writes a new agent: its principal, its records, its key and the event. */
export function writeAgent(deciding: DecidingInProject, given: NewAgent): Registered {
  const { changes, project, now } = deciding
  const agentId = deciding.nextId('agent')
  const heartbeatIntervalMs = given.heartbeatIntervalMs ?? HEARTBEAT_INTERVAL_MS_DEFAULT
  const principal = changes.insert('principal', {
    projectId: null,
    kind: 'AGENT',
    displayName: given.name,
    role: given.role,
    projectIds: [project.id],
    agentId,
    status: 'ACTIVE',
    totpEnrolled: false,
    lastCodeNumber: null,
  })
  const agent = changes.insert('agent', agentFields(given, project.id, principal.id), agentId)
  changes.insert(
    'liveness',
    {
      projectId: project.id,
      lastHeartbeatAt: now,
      silentAt: now + silenceMs(heartbeatIntervalMs),
      heartbeatIntervalMs,
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
  const expiresAt = Math.min(now + KEY_TTL_MS, given.spawn?.ttlAt ?? Number.MAX_SAFE_INTEGER)
  const enrollmentId = deciding.enrollment?.id ?? null
  const { key } = issueKey(deciding, { principalId: principal.id, label: agent.name, expiresAt, enrollmentId })
  return { agentId, principalId: principal.id, agent, created: true, key }
}

function agentFields(given: NewAgent, projectId: string, principalId: string) {
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
    workspacePath: given.workspacePath ?? './',
    allowedTaskTypes: [...given.allowedTaskTypes],
    allowedTools: given.allowedTools === null ? null : [...given.allowedTools],
    capabilities: [...(given.capabilities ?? [])],
    model: given.model === undefined ? null : { primary: given.model.primary, fallback: given.model.fallback ?? null },
    budgetDailyMicros: given.caps.dailyMicros,
    budgetPerRunMicros: given.caps.perRunMicros,
    canSpawn: given.role !== 'INTERN',
    maxSubAgents: given.maxSubAgents ?? subAgentsMax(given.role),
    parentAgentId: given.spawn?.parentAgentId ?? null,
    parentTaskId: given.spawn?.parentTaskId ?? null,
    purpose: given.spawn == null ? null : redactText(given.spawn.purpose),
    ttlAt: given.spawn?.ttlAt ?? null,
    retiredAt: null,
    maxConcurrentTasks: given.maxConcurrentTasks ?? CONCURRENT_TASKS_DEFAULT,
    metadata: given.metadata ?? null,
  }
}
