import type { JsonValue } from '../model/text.ts'
import { canonicalHash } from './hash.ts'

/** How keys begin that Mission Control made itself. Callers may not use it. */
export const DERIVED_KEY_PREFIX = 'derived:'

/** The key of a call that came without one: the same call for the same task in the same session, until it has ended. */
export function derivedCallKey(call: {
  readonly sessionKey: string
  readonly taskId?: string | undefined
  readonly tool: string
  readonly input: JsonValue
  readonly cwd: string | null
}): string {
  const { sessionKey, taskId = null, tool, input, cwd } = call
  return `${DERIVED_KEY_PREFIX}${canonicalHash({ sessionKey, taskId, tool, input, cwd })}`
}

export function isDerivedKey(callId: string): boolean {
  return callId.startsWith(DERIVED_KEY_PREFIX)
}

/** The key under which a call that has ended is kept, so that the next equal call is a new one. */
export function endedCallKey(call: { readonly callId: string; readonly id: string }): string {
  return isDerivedKey(call.callId) && !call.callId.endsWith(call.id) ? `${call.callId}/${call.id}` : call.callId
}
