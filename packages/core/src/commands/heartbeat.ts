import { z } from 'zod'
import { accept, type DecidingInProject, joinScopes, projectCommand, refuse } from '../decide/command.ts'
import { quarantineAgent, quarantineScope } from '../effects/quarantine-agent.ts'
import { alertScope, clearAlert, raiseAlert } from '../effects/raise-alert.ts'
import { isWeakerPause, setAgentStatus } from '../effects/set-agent-status.ts'
import { agentScope } from '../effects/task-scope.ts'
import { type Agent, heartbeatIntervalSchema, type Liveness, type Workload } from '../model/agent.ts'
import { refSchema } from '../model/ids.ts'
import { microsSchema } from '../model/money.ts'
import { refusal } from '../model/refusal.ts'
import { nameSchema, storedText } from '../model/text.ts'
import { type Directive, directiveFor } from '../rules/directive.ts'
import { claimLeaseMs, runLeaseMs, silenceMs } from '../rules/lease.ts'
import { redactText } from '../rules/redaction.ts'
import { inProject } from './inputs.ts'

const MINUTE_MS = 60_000
const PAUSED_AT_STREAK = 3
const QUARANTINED_AT_STREAK = 5
/** A lease is renewed when less than this share of it is left, so that a beat does not write every task every time. */
const RENEW_BELOW = 0.75

const input = z.strictObject({
  ...inProject,
  /** The agent that beats, for callers that name it: it must be the caller's own. */
  agentId: refSchema.optional(),
  sessionKey: nameSchema(200),
  health: z.enum(['HEALTHY', 'BUSY', 'IDLE', 'ERROR']),
  currentTaskId: refSchema.nullable(),
  intervalMs: heartbeatIntervalSchema.optional(),
  soulVersionHash: nameSchema(128).optional(),
  error: z.strictObject({ message: storedText.max(4000), signature: nameSchema(200).optional() }).optional(),
  claims: z
    .array(z.strictObject({ taskId: refSchema, epoch: z.int().min(0) }))
    .max(50)
    .optional(),
  runIds: z.array(refSchema).max(50).optional(),
  ackNotificationIds: z.array(refSchema).max(200).default([]),
  cursor: z.string().max(1000).optional(),
  reportedSpendMicros: microsSchema.optional(),
})
export type HeartbeatInput = z.infer<typeof input>

/** What the beat itself settled; the rest of the reply is read after it. */
export interface Beat {
  readonly directive: Directive
  readonly nextHeartbeatMs: number
  readonly serverTime: number
}

/**
 * Says that an agent lives: renews its leases, takes acknowledgments, counts errors, and answers with what to do.
 * Twice in one minute it has its effects once; the reply is fresh each time. It cannot change its own status,
 * save from OFFLINE back to ACTIVE.
 */
export const heartbeat = projectCommand({
  name: 'agents.heartbeat',
  summary: 'Reports that the agent lives; renews leases and answers with what to do.',
  input,
  permission: null,
  whenContained: 'allowed',
  scope: (beat, caller, seen) => {
    if (caller.agentId === null) return {}
    const workload = seen?.has('workload', caller.agentId) === true ? seen.peek('workload', caller.agentId) : null
    const liveness = seen?.has('liveness', caller.agentId) === true ? seen.peek('liveness', caller.agentId) : null
    const mayQuarantine = hasError(beat) && liveness !== null && liveness.errorStreak + 1 >= QUARANTINED_AT_STREAK
    return joinScopes(
      agentScope(caller.agentId),
      alertScope(beat.projectId, `AGENT_OFFLINE:${caller.agentId}`),
      alertScope(beat.projectId, `AGENT_ERROR_STREAK:${caller.agentId}`),
      {
        records: [
          ...(workload?.activeTaskIds ?? []).map((id) => ({ kind: 'task' as const, id })),
          ...(workload?.openRuns ?? []).map((run) => ({ kind: 'run' as const, id: run.runId })),
          ...beat.ackNotificationIds.map((id) => ({ kind: 'notification' as const, id })),
        ],
      },
      mayQuarantine ? quarantineScope(beat.projectId, caller.agentId, seen) : {},
    )
  },
  decide(deciding, beat) {
    const { agent, snapshot, now } = deciding
    if (agent === null) return refuse(refusal('FORBIDDEN', 'only agents send heartbeats'))
    if (beat.agentId !== undefined && beat.agentId !== agent.id) {
      return refuse(refusal('FORBIDDEN', `${agent.name} beats for itself only`))
    }
    const liveness = snapshot.get('liveness', agent.id)
    const workload = snapshot.peek('workload', agent.id)
    if (liveness === null || workload === null) return refuse(refusal('NOT_FOUND', `no such agent: ${agent.id}`))

    const intervalMs = beat.intervalMs ?? liveness.heartbeatIntervalMs
    acknowledge(deciding, agent, beat.ackNotificationIds)
    const streak = recordBeat(deciding, liveness, beat, intervalMs)
    const current = drainIfDone(deciding, reviveAndContain(deciding, agent, liveness, streak, beat), workload)
    renewLeases(deciding, current, workload, beat, intervalMs)
    const directive = directiveFor(current, deciding.changes.current('workload', workload), deciding.mode)
    return accept<Beat>({ directive, nextHeartbeatMs: intervalMs, serverTime: now })
  },
})

function hasError(beat: HeartbeatInput): boolean {
  return beat.health === 'ERROR' || beat.error !== undefined
}

function isSameMinute(liveness: Liveness, now: number): boolean {
  return (
    liveness.sessionKey !== null && Math.floor(liveness.lastHeartbeatAt / MINUTE_MS) === Math.floor(now / MINUTE_MS)
  )
}

function recordBeat(deciding: DecidingInProject, liveness: Liveness, beat: HeartbeatInput, intervalMs: number): number {
  const { now, changes } = deciding
  const repeats = isSameMinute(liveness, now)
  const streak = repeats ? liveness.errorStreak : hasError(beat) ? liveness.errorStreak + 1 : 0
  const fields = {
    health: beat.health,
    sessionKey: beat.sessionKey,
    currentTaskId: beat.currentTaskId,
    heartbeatIntervalMs: intervalMs,
    errorStreak: streak,
    lastError: beat.error === undefined ? liveness.lastError : redactText(beat.error.message),
    ...(beat.soulVersionHash === undefined ? {} : { soulVersionHash: beat.soulVersionHash }),
  }
  const isNews = !repeats || Object.entries(fields).some(([key, value]) => liveness[key as keyof Liveness] !== value)
  if (isNews)
    changes.update('liveness', liveness, { ...fields, lastHeartbeatAt: now, silentAt: now + silenceMs(intervalMs) })
  return streak
}

function reviveAndContain(
  deciding: DecidingInProject,
  agent: Agent,
  before: Liveness,
  streak: number,
  beat: HeartbeatInput,
): Agent {
  let current = agent
  if (agent.status === 'OFFLINE') {
    current = setAgentStatus(deciding, agent, { status: 'ACTIVE', reason: 'heard again', keepsDrain: true })
    clearAlert(deciding, `AGENT_OFFLINE:${agent.id}`, 'heard again')
  }
  if (streak === 0 && before.errorStreak > 0)
    clearAlert(deciding, `AGENT_ERROR_STREAK:${agent.id}`, 'a beat without an error')
  if (streak <= before.errorStreak || streak < PAUSED_AT_STREAK) return current
  const reason = `${streak} heartbeats in a row reported an error: ${redactText(beat.error?.message ?? beat.health)}`
  raiseAlert(deciding, {
    type: 'AGENT_ERROR_STREAK',
    severity: 'ERROR',
    dedupeKey: `AGENT_ERROR_STREAK:${agent.id}`,
    title: `${agent.name} keeps failing`,
    description: reason,
    agentId: agent.id,
  })
  if (streak >= QUARANTINED_AT_STREAK && current.status !== 'QUARANTINED') {
    quarantineAgent(deciding, current, reason)
    return deciding.changes.current('agent', agent)
  }
  const mayPause = current.status === 'ACTIVE' || (current.status === 'PAUSED' && !isWeakerPause(current, 'ERROR'))
  return mayPause ? setAgentStatus(deciding, current, { status: 'PAUSED', pausedBy: 'ERROR', reason }) : current
}

/** A draining agent that has no started task left has drained. */
function drainIfDone(deciding: DecidingInProject, agent: Agent, workload: Workload): Agent {
  if (agent.status !== 'ACTIVE' || agent.drainRequestedAt === null) return agent
  const isAtWork = workload.activeTaskIds.some((id) => {
    const task = deciding.snapshot.peek('task', id)
    return task?.status === 'IN_PROGRESS' && task.claim?.agentId === agent.id
  })
  return isAtWork ? agent : setAgentStatus(deciding, agent, { status: 'DRAINED', reason: 'its work has ended' })
}

function acknowledge(deciding: DecidingInProject, agent: Agent, ids: readonly string[]): void {
  for (const id of ids) {
    const notification = deciding.snapshot.get('notification', id)
    if (notification === null || notification.targetId !== agent.id || notification.ackedAt !== null) continue
    deciding.changes.update('notification', notification, {
      status: 'DELIVERED',
      ackedAt: deciding.now,
      deliveredAt: deciding.now,
    })
  }
}

function renewLeases(
  deciding: DecidingInProject,
  agent: Agent,
  workload: Workload,
  beat: HeartbeatInput,
  intervalMs: number,
): void {
  if (agent.status !== 'ACTIVE' && agent.status !== 'PAUSED') return
  const { changes, snapshot, now } = deciding
  const leaseMs = claimLeaseMs(intervalMs)
  for (const id of workload.activeTaskIds) {
    const task = snapshot.peek('task', id)
    const claim = task === null ? null : changes.current('task', task).claim
    if (task === null || claim === null || claim.agentId !== agent.id || claim.leaseUntil === null) continue
    const named =
      beat.claims === undefined || beat.claims.some((entry) => entry.taskId === id && entry.epoch === claim.epoch)
    if (!named || claim.leaseUntil - now > leaseMs * RENEW_BELOW) continue
    changes.update('task', task, { claim: { ...claim, leaseUntil: now + leaseMs } })
  }
  for (const { runId, isStopped } of workload.openRuns) {
    const run = snapshot.peek('run', runId)
    if (isStopped || run === null || run.status !== 'RUNNING') continue
    const until = now + runLeaseMs(intervalMs)
    if (run.leaseUntil - now > runLeaseMs(intervalMs) * RENEW_BELOW) continue
    changes.update('run', run, { leaseUntil: until })
  }
}
