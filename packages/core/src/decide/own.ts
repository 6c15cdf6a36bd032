import type { Kind, RecordOf } from '../model/records.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Task } from '../model/task.ts'
import type { DecidingInProject } from './command.ts'

type Found<T> = { readonly record: T; readonly problem: null } | { readonly record: null; readonly problem: Refusal }

/**
 * A record of this project, relied upon. A row of another project does not exist here: same answer as for an
 * unknown id, so that nobody can probe for ids.
 */
export function own<K extends Kind>(deciding: DecidingInProject, kind: K, id: string): Found<RecordOf<K>> {
  const record = deciding.snapshot.get(kind, id)
  if (record === null || record.projectId !== deciding.project.id) {
    return { record: null, problem: refusal('NOT_FOUND', `no such ${kind}: ${id}`) }
  }
  return { record, problem: null }
}

/** The first of these agents that does not exist in this project, as a refusal; null when all do. */
export function strangerProblem(deciding: DecidingInProject, agentIds: readonly string[]): Refusal | null {
  for (const id of agentIds) {
    const { problem } = own(deciding, 'agent', id)
    if (problem !== null) return problem
  }
  return null
}

/**
 * Whether an agent still holds the task in the epoch it works in. An old epoch writes nothing.
 * Humans and the system need no lease.
 */
export function leaseProblem(deciding: DecidingInProject, task: Task, epoch: number | undefined): Refusal | null {
  const { agent } = deciding
  if (agent === null) return null
  const claim = task.claim
  const isHeld = claim !== null && claim.agentId === agent.id && (epoch === undefined || claim.epoch === epoch)
  // A lease that has run out is still the holder's until somebody else, or the grace, took it.
  if (isHeld) return null
  const isFresh = claim === null && epoch === undefined && task.assigneeIds.includes(agent.id)
  if (isFresh) return null
  return refusal('LEASE_LOST', `${agent.name} does not hold ${task.id}`, {
    holder: claim?.agentId ?? null,
    epoch: task.epoch,
    expiresAt: claim?.leaseUntil ?? null,
  })
}

/** Whether the row is still the one the caller read; callers that do not say are taken at their word. */
export function versionProblem(
  record: { version: number; id: string },
  expectedVersion: number | undefined,
): Refusal | null {
  if (expectedVersion === undefined || expectedVersion === record.version) return null
  return refusal('VERSION_CONFLICT', `${record.id} is at version ${record.version}, not ${expectedVersion}`)
}
