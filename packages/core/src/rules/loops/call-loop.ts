import type { LoopLimits } from '../../model/policy.ts'
import type { ToolCall } from '../../model/tool-call.ts'
import type { LoopFinding } from './finding.ts'

/** How many failed calls of an agent, and equal calls of a run, one look takes. */
export const CALLS_LOOKED_AT_MAX = 100

const SIGNATURE_CHARS_MAX = 200

/**
 * What two errors of one cause have in common: the first line without what differs from try to try, such as numbers,
 * addresses and ids.
 */
export function errorSignature(error: string | null): string {
  const [line = ''] = (error ?? '').trim().split('\n')
  return line
    .toLowerCase()
    .replaceAll(/0x[0-9a-f]+|[0-9a-f]{8,}/g, '#')
    .replaceAll(/\d+/g, '#')
    .replaceAll(/\s+/g, ' ')
    .slice(0, SIGNATURE_CHARS_MAX)
}

/** How a call went, as far as it is known: calls that differ in this are no repetition. */
function outcomeClass({ status, decision }: Pick<ToolCall, 'status' | 'decision'>): string {
  if (status === 'SUCCESS' || status === 'FAILED') return status
  return decision === 'ALLOW' && status !== 'DENIED' ? 'OPEN' : decision === 'NEEDS_APPROVAL' ? decision : 'DENY'
}

type Failure = Pick<ToolCall, 'id' | 'toolName' | 'error' | 'endedAt' | 'agentId'>

/**
 * Whether a call that has just failed is one too many: the same tool with the same error, by the same agent, in the
 * window. `earlier` are its failed calls; what failed before `since`, when somebody let it go on, does not count.
 */
export function toolFailureLoop(
  failed: Failure,
  earlier: readonly Failure[],
  limit: LoopLimits['toolFailure'],
  { now, since }: { readonly now: number; readonly since: number },
): LoopFinding | null {
  const signature = errorSignature(failed.error)
  const equal = earlier.filter(
    ({ id, toolName, error, endedAt }) =>
      id !== failed.id &&
      toolName === failed.toolName &&
      endedAt !== null &&
      endedAt > since &&
      endedAt > now - limit.windowMs &&
      errorSignature(error) === signature,
  )
  const count = equal.length + 1
  if (count < Math.min(limit.failures, CALLS_LOOKED_AT_MAX)) return null
  const said = signature === '' ? 'without a word' : `with “${signature}”`
  return {
    detector: 'TOOL_FAILURE',
    count,
    windowMs: limit.windowMs,
    detail: `${failed.toolName} failed ${count} times ${said}`,
    agentIds: [failed.agentId],
  }
}

type Outcome = Pick<ToolCall, 'status' | 'decision'>

/** Whether a call is one too many of the same in its run: equal tool, equal input, equal outcome. `others` are its equals. */
export function noProgressLoop(
  call: Outcome & Pick<ToolCall, 'toolName' | 'agentId'>,
  others: readonly Outcome[],
  limit: LoopLimits['noProgress'],
): LoopFinding | null {
  const outcome = outcomeClass(call)
  const count = others.filter((other) => outcomeClass(other) === outcome).length + 1
  if (count < Math.min(limit.repeats, CALLS_LOOKED_AT_MAX)) return null
  return {
    detector: 'NO_PROGRESS',
    count,
    windowMs: null,
    detail: `${call.toolName} was called ${count} times with the same input and the same outcome (${outcome})`,
    agentIds: [call.agentId],
  }
}
