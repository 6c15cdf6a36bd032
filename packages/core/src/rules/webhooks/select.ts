import { EVENT_KINDS, eventType } from '../../model/event.ts'

const EVERYTHING = '*'
const PREFIX_END = '.*'
const TYPES = EVENT_KINDS.map(eventType)

function fits(pattern: string, type: string): boolean {
  if (pattern === EVERYTHING || pattern === type) return true
  return pattern.endsWith(PREFIX_END) && type.startsWith(pattern.slice(0, -1))
}

/** Whether a filter can ever select anything: a type, a prefix such as `task.*`, or `*`. */
export function isEventFilter(pattern: string): boolean {
  return TYPES.some((type) => fits(pattern, type))
}

/** Whether a webhook wants to hear of an event of that type. */
export function selectsEvent(filters: readonly string[], type: string): boolean {
  return filters.some((pattern) => fits(pattern, type))
}

/**
 * Whether an event may be told to that webhook. What became of its own messages is not: each failure would make the
 * next message, for ever.
 */
export function isTellable(webhookId: string, event: { readonly kind: string; readonly subject: string }): boolean {
  return event.kind !== 'NOTIFICATION_FAILED' || event.subject !== `webhook/${webhookId}`
}
