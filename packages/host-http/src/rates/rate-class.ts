import type { Route } from '../routes/route.ts'

/** What shares one budget of requests: its name is what `RateLimit` calls it. */
export type RateClass = 'reads' | 'tasks' | 'reports' | 'gate' | 'decisions' | 'sign-ins'

const OF_OPERATION: Readonly<Record<string, RateClass>> = {
  'tasks.create': 'tasks',
  'runs.report': 'reports',
  'toolCalls.begin': 'reports',
  'toolCalls.end': 'reports',
  'toolCalls.gate': 'gate',
  'approvals.decide': 'decisions',
  'approvals.decideBatch': 'decisions',
  'disputes.decide': 'decisions',
}

/** Which budget a request to this route is taken from; null: from none. */
export function rateClassOf({ operation, method, idempotencyKey }: Route): RateClass | null {
  const isReading = method === 'GET' || (method === 'POST' && idempotencyKey === 'none')
  return OF_OPERATION[operation] ?? (isReading ? 'reads' : null)
}
