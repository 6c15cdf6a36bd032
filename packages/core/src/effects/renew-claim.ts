import type { DecidingInProject } from '../decide/command.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Run } from '../model/run.ts'
import type { Scope } from '../ports/storage.ts'
import { isLeaseWorthALook, renewLease } from './renew-lease.ts'

/** The task of a run, now and then: most reports renew nothing, and need not read it. */
export function claimOfRunScope(run: Run, seen: Snapshot): Scope {
  const liveness = seen.has('liveness', run.agentId) ? seen.peek('liveness', run.agentId) : null
  if (run.taskId === null || liveness === null) return {}
  if (!isLeaseWorthALook(liveness.heartbeatIntervalMs, run.updatedAt, seen.now)) return {}
  return { records: [{ kind: 'task', id: run.taskId }] }
}

/** What an agent says of its run is a sign of life for the claim it works under, if that has been read. */
export function renewClaim(deciding: DecidingInProject, run: Run): void {
  const { snapshot } = deciding
  const task = run.taskId === null || !snapshot.has('task', run.taskId) ? null : snapshot.peek('task', run.taskId)
  if (task !== null && run.taskEpoch !== null) renewLease(deciding, task, run.taskEpoch)
}
