import type { ActionType } from '../model/approval.ts'
import type { Task, TaskStatus } from '../model/task.ts'
import type { JsonValue } from '../model/text.ts'
import { canonicalHash } from './hash.ts'

/** The act that a request asks for, before anything in it is redacted. */
export interface Act {
  readonly projectId: string
  readonly agentId: string
  readonly taskId: string | null
  readonly actionType: ActionType
  readonly payload: JsonValue
}

/**
 * What an approval is bound to: project, agent, task, kind of act, and every byte of the payload.
 * An act with another hash is another act.
 */
export function payloadHash({ projectId, agentId, taskId, actionType, payload }: Act): string {
  return canonicalHash({ projectId, agentId, taskId, actionType, payload })
}

/** The payload of one tool call, as given. */
export function toolCallPayload(call: { tool: string; capability: string; input: JsonValue; cwd: string }): JsonValue {
  return { tool: call.tool, capability: call.capability, input: call.input, cwd: call.cwd }
}

/** The payload of finishing a task: exactly this submission with exactly this deliverable. */
export function completionPayload(task: Pick<Task, 'submission' | 'deliverable'>): JsonValue {
  return { submission: task.submission, deliverableHash: task.deliverable?.hash ?? null }
}

/** The payload of moving a task, with what stands behind the move. */
export function transitionPayload(
  task: Pick<Task, 'status' | 'submission' | 'deliverable'>,
  to: TaskStatus,
): JsonValue {
  return { from: task.status, to, submission: task.submission, deliverableHash: task.deliverable?.hash ?? null }
}

/** The payload of starting a run that needs a decision. */
export function runStartPayload(run: { model: string; estimatedCostMicros: number | null }): JsonValue {
  return { model: run.model, estimatedCostMicros: run.estimatedCostMicros }
}

/** The payload of more money on one account for its present window. */
export function overridePayload(override: { accountId: string; amountMicros: number }): JsonValue {
  return { accountId: override.accountId, amountMicros: override.amountMicros }
}
