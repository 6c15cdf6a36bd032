import { z } from 'zod'
import { microsSchema } from './money.ts'
import { AGENT_ROLES } from './principal.ts'
import { projectRecord } from './record.ts'
import { TASK_TYPES } from './task.ts'
import { metadataSchema } from './text.ts'

export const AGENT_STATUSES = ['ACTIVE', 'PAUSED', 'DRAINED', 'QUARANTINED', 'OFFLINE'] as const
export type AgentStatus = (typeof AGENT_STATUSES)[number]

/** Why an agent is paused; when several apply, the first of this list stays. */
export const PAUSE_CAUSES = ['OPERATOR', 'ERROR', 'LOOP', 'BUDGET', 'OFFLINE'] as const
export type PauseCause = (typeof PAUSE_CAUSES)[number]

/** Who an agent is and what it may do. Changes rarely; every command of the agent is checked against it. */
export const agentSchema = z.strictObject({
  ...projectRecord,
  principalId: z.string(),
  name: z.string(),
  emoji: z.string().nullable(),
  role: z.enum(AGENT_ROLES),
  isCao: z.boolean(),
  status: z.enum(AGENT_STATUSES),
  pausedBy: z.enum(PAUSE_CAUSES).nullable(),
  statusReason: z.string().nullable(),
  statusChangedBy: z.string().nullable(),
  drainRequestedAt: z.int().nullable(),
  workspacePath: z.string(),
  allowedTaskTypes: z.array(z.enum(TASK_TYPES)),
  allowedTools: z.array(z.string()).nullable(),
  capabilities: z.array(z.string()),
  model: z.strictObject({ primary: z.string(), fallback: z.string().nullable() }).nullable(),
  budgetDailyMicros: microsSchema,
  budgetPerRunMicros: microsSchema,
  canSpawn: z.boolean(),
  maxSubAgents: z.int().min(0),
  parentAgentId: z.string().nullable(),
  /** The task it was spawned for; it retires with it. */
  parentTaskId: z.string().nullable(),
  purpose: z.string().nullable(),
  ttlAt: z.int().nullable(),
  retiredAt: z.int().nullable(),
  maxConcurrentTasks: z.int().min(1),
  metadata: metadataSchema.nullable(),
})
export type Agent = z.infer<typeof agentSchema>

export const HEARTBEAT_INTERVAL_MS_DEFAULT = 900_000
export const heartbeatIntervalSchema = z.int().min(60_000).max(86_400_000)

/**
 * When an agent was last heard. Kept apart from `agent`, because it is written at every beat:
 * in one row, each beat would make every command of the agent look again. Same id as the agent.
 */
export const livenessSchema = z.strictObject({
  ...projectRecord,
  lastHeartbeatAt: z.int(),
  /** Silent past this moment, an ACTIVE agent is OFFLINE; null while nobody waits for it. */
  silentAt: z.int().nullable(),
  heartbeatIntervalMs: heartbeatIntervalSchema,
  health: z.enum(['HEALTHY', 'BUSY', 'IDLE', 'ERROR']),
  sessionKey: z.string().nullable(),
  currentTaskId: z.string().nullable(),
  soulVersionHash: z.string().nullable(),
  errorStreak: z.int().min(0),
  lastError: z.string().nullable(),
})
export type Liveness = z.infer<typeof livenessSchema>

/**
 * What an agent has in its hands: the fence for every rule that counts its tasks or runs.
 * Two commands that both add to it cannot both commit on the same reading. Same id as the agent.
 */
export const workloadSchema = z.strictObject({
  ...projectRecord,
  /** Tasks it holds or is assigned to that are ASSIGNED or IN_PROGRESS. */
  activeTaskIds: z.array(z.string()),
  /** Runs that are not final, stopped ones included. */
  openRuns: z.array(z.strictObject({ runId: z.string(), taskId: z.string().nullable(), isStopped: z.boolean() })),
  /** Its last finished runs, the newest last: what a human wants to see when a budget is spent. */
  recentRuns: z.array(z.strictObject({ runId: z.string(), costMicros: microsSchema })).default([]),
})
export type Workload = z.infer<typeof workloadSchema>
