import type { DecidingInProject } from '../decide/command.ts'
import type { Task } from '../model/task.ts'
import type { Scope } from '../ports/storage.ts'
import { claimLeaseMs, silenceMs } from '../rules/lease.ts'
import { intervalOf } from './move-task.ts'

/** A lease is renewed when less than this share of it is left, so that not every call writes the task. */
const RENEW_BELOW = 0.75

/** What a sign of life reads of the agent that gives it. */
export function livenessScope(agentId: string | null): Scope {
  return agentId === null ? {} : { records: [{ kind: 'liveness', id: agentId }] }
}

/**
 * A fenced command is a sign of life of the holder: it renews the lease on the task it works on, and the agent is not
 * silent. Of anybody else, and of the holder in an epoch that is over, it is none.
 */
export function renewLease(deciding: DecidingInProject, found: Task, epoch: number | null = null): void {
  const { changes, agent, now } = deciding
  const { claim } = changes.current('task', found)
  if (agent === null || claim === null || claim.agentId !== agent.id) return
  if (epoch !== null && epoch !== claim.epoch) return
  const { status } = changes.current('agent', agent)
  if (status !== 'ACTIVE' && status !== 'PAUSED') return
  const leaseMs = claimLeaseMs(intervalOf(deciding, agent.id))
  if (claim.leaseUntil !== null && claim.leaseUntil - now <= leaseMs * RENEW_BELOW) {
    changes.update('task', found, { claim: { ...claim, leaseUntil: now + leaseMs } })
  }
  hear(deciding, agent.id)
}

/** Whether the time since then is worth a look at the lease: once in each quarter of it, so that reports stay one look. */
export function isLeaseWorthALook(heartbeatIntervalMs: number, thenAt: number, now: number): boolean {
  const quarterMs = claimLeaseMs(heartbeatIntervalMs) * (1 - RENEW_BELOW)
  return Math.floor(thenAt / quarterMs) !== Math.floor(now / quarterMs)
}

function hear({ changes, snapshot, now }: DecidingInProject, agentId: string): void {
  const liveness = snapshot.has('liveness', agentId) ? snapshot.peek('liveness', agentId) : null
  if (liveness === null) return
  const { silentAt, heartbeatIntervalMs } = changes.current('liveness', liveness)
  const spanMs = silenceMs(heartbeatIntervalMs)
  if (silentAt === null || silentAt - now > spanMs * RENEW_BELOW) return
  changes.update('liveness', liveness, { silentAt: now + spanMs })
}
