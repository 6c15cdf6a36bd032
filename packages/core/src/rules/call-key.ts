import type { JsonValue } from '../model/text.ts'
import { canonicalHash, sha256Hex } from './hash.ts'
import { redactText } from './redaction.ts'

/** How keys begin that Mission Control made itself. Callers may not use it. */
const DERIVED_KEY_PREFIX = 'derived:'

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

/**
 * The key of a caller as it is kept. One that holds what looks like a secret is kept as its hash: it names the same call
 * as before, and tells nobody anything.
 */
export function keptCallKey(callId: string): string {
  return redactText(callId) === callId ? callId : `redacted:${sha256Hex(callId)}`
}

/** The key under which a call that has ended is kept, so that the next equal call is a new one. */
export function endedCallKey(call: { readonly callId: string; readonly id: string }): string {
  return isDerivedKey(call.callId) && !call.callId.endsWith(call.id) ? `${call.callId}/${call.id}` : call.callId
}
