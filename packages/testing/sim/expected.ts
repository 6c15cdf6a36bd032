import { CODES } from '@mission-control/core'
import type { Reached } from './coverage.ts'
import { EDGE_NAMES } from './invariants/moves.ts'

/** Codes that nobody can meet who calls a client of core in process, each with the reason. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  IDEMPOTENCY_KEY_REQUIRED: 'HTTP demands a key; in process it is optional',
  IDEMPOTENCY_IN_FLIGHT: 'HTTP holds a second request of one key back',
  PRECONDITION_REQUIRED: 'HTTP demands If-Match',
  GRANT_USED: 'a call whose grant was used is simply judged anew',
  AMBIGUOUS_ID: 'chat commands name rows by the end of their id',
}

/** Edges that no command takes, each with the reason. */
const UNTAKEN: Readonly<Record<string, string>> = {
  'INBOX > NEEDS_APPROVAL': 'whoever asks for an approval holds the task, and then it is not in INBOX',
}

/** What is thrown is no refusal. */
const FAULTS = new Set(['INTERNAL', 'UNAVAILABLE', 'CONTENTION'])

/** What a suite of seeds should have reached at least once and has not: edges of the table, and codes of core. */
export function missing({ edges, codes }: Reached): string[] {
  const expected = Object.keys(CODES).filter((code) => !FAULTS.has(code) && ELSEWHERE[code] === undefined)
  return [
    ...EDGE_NAMES.filter((edge) => edges[edge] === undefined && UNTAKEN[edge] === undefined),
    ...Object.keys(UNTAKEN)
      .filter((edge) => edges[edge] !== undefined)
      .map((edge) => `${edge}, which is taken`),
    ...expected.filter((code) => codes[code] === undefined),
    ...Object.keys(ELSEWHERE)
      .filter((code) => codes[code] !== undefined)
      .map((code) => `${code}, which is reached`),
  ]
}
