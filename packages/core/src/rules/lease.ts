import type { Agent } from '../model/agent.ts'

const MINUTE_MS = 60_000
const LEASE_MS_MIN = 5 * MINUTE_MS
const RUN_LEASE_MS_MIN = 15 * MINUTE_MS

/** How long a started task waits for its silent holder before it goes back to its assignees, and again before INBOX. */
export const GRACE_MS = 10 * MINUTE_MS

/** How long a claim lasts without a sign of its holder. */
export function claimLeaseMs(heartbeatIntervalMs: number): number {
  return Math.max(3 * heartbeatIntervalMs, LEASE_MS_MIN)
}

/** How long an agent may be silent before it is OFFLINE. */
export function silenceMs(heartbeatIntervalMs: number): number {
  return Math.max(3 * heartbeatIntervalMs, LEASE_MS_MIN)
}

/** How long a run lasts without a report or heartbeat. */
export function runLeaseMs(heartbeatIntervalMs: number): number {
  return Math.max(2 * heartbeatIntervalMs, RUN_LEASE_MS_MIN)
}

/** Whether none of the assignees of a task that nobody holds will come for it: all are OFFLINE or DRAINED, or gone. */
export function isAbandoned(assignees: readonly (Pick<Agent, 'status'> | null)[]): boolean {
  return assignees.every((agent) => agent === null || agent.status === 'OFFLINE' || agent.status === 'DRAINED')
}
