import type { DecidingInProject } from '../decide/command.ts'
import { joinScopes } from '../decide/command.ts'
import { own } from '../decide/own.ts'
import type { Snapshot } from '../decide/snapshot.ts'
import type { Execution } from '../model/execution.ts'
import { type Refusal, refusal } from '../model/refusal.ts'
import type { Scope } from '../ports/storage.ts'
import { executionScope } from './route-execution.ts'

/** Whether a request is at its end, however. */
export function isFinalExecution({ status }: Pick<Execution, 'status'>): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'CANCELED'
}

/** What is read for whoever reports on a request it was given. */
export function heldScope(projectId: string, executionId: string, seen: Snapshot | null): Scope {
  const execution = seen?.has('execution', executionId) === true ? seen.peek('execution', executionId) : null
  return joinScopes(
    executionScope(projectId, executionId),
    execution === null || execution.executorId === null
      ? {}
      : { records: [{ kind: 'executor', id: execution.executorId }] },
  )
}

/** The request, if the caller holds its lease in this epoch. Nobody else reports on it, and nobody after its end. */
export function heldExecution(
  deciding: DecidingInProject,
  executionId: string,
  epoch: number,
): { readonly record: Execution; readonly problem: null } | { readonly record: null; readonly problem: Refusal } {
  const { snapshot, principal, now } = deciding
  const { record: execution, problem } = own(deciding, 'execution', executionId)
  if (problem !== null) return { record: null, problem }
  const executor = execution.executorId === null ? null : snapshot.get('executor', execution.executorId)
  const isHolder = principal !== null && executor !== null && executor.principalId === principal.id
  if (isFinalExecution(execution) && isHolder) {
    return {
      record: null,
      problem: refusal('RUN_CLOSED', `${executionId} is ${execution.status}`, { status: execution.status }),
    }
  }
  const { leaseUntil } = execution
  if (!isHolder || execution.epoch !== epoch || leaseUntil === null || leaseUntil <= now) {
    const facts = { holder: execution.executorId, epoch: execution.epoch, expiresAt: leaseUntil }
    return { record: null, problem: refusal('LEASE_LOST', `${executionId} is not leased to this executor`, facts) }
  }
  return { record: execution, problem: null }
}
