import type { DecidingInProject } from '../decide/command.ts'
import type { Task } from '../model/task.ts'
import { claimLeaseMs } from '../rules/lease.ts'
import { intervalOf } from './move-task.ts'

/** A lease is renewed when less than this share of it is left, so that not every call writes the task. */
const RENEW_BELOW = 0.75

/** A fenced command is a sign of life of the holder: it renews the lease on the task it works on. */
export function renewLease(deciding: DecidingInProject, found: Task): void {
  const { changes, agent, now } = deciding
  const { claim } = changes.current('task', found)
  if (agent === null || claim === null || claim.agentId !== agent.id || claim.leaseUntil === null) return
  if (agent.status !== 'ACTIVE' && agent.status !== 'PAUSED') return
  const leaseMs = claimLeaseMs(intervalOf(deciding, agent.id))
  if (claim.leaseUntil - now > leaseMs * RENEW_BELOW) return
  changes.update('task', found, { claim: { ...claim, leaseUntil: now + leaseMs } })
}
