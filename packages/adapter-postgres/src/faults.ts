import { isMissionControlError, isRefusedError, MissionControlError } from '@mission-control/core/storage'

/** What Postgres says about an error, as both drivers put it on the thrown object. */
export interface SqlError {
  readonly code: string
  readonly message: string
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly detail: string | undefined
}

/** Reads a thrown value as an error of the database; null when it is none, such as a connection that broke. */
export function sqlErrorOf(thrown: unknown): SqlError | null {
  if (!(thrown instanceof Error)) return null
  const { code, constraint, table, detail } = thrown as Partial<Record<keyof SqlError, unknown>>
  if (typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code) || /^E[A-Z]+$/.test(code)) return null
  return { code, message: thrown.message, constraint: text(constraint), table: text(table), detail: text(detail) }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Raised by `have_room`; its detail is a list of accounts. */
export const NO_ROOM = 'MC002'

/** Somebody was faster: unique_violation, serialization_failure, deadlock_detected, and no room on an account. */
const CONFLICTS = new Set(['23505', '40001', '40P01', NO_ROOM])

export function isConflict(error: SqlError): boolean {
  return CONFLICTS.has(error.code)
}

/**
 * Classes in which the server answers but cannot serve: connection, resources, operator (shutdown, statement
 * timeout); and single codes: lock timeout, a standby that only reads, log-in refused, no such database.
 */
const UNREACHABLE = /^(08|53|57|28)|^(55P03|25006|3D000)$/

/** Whether the server cannot serve: what was sent may or may not have taken effect. */
export function isUnreachable({ code }: SqlError): boolean {
  return UNREACHABLE.test(code)
}

const HINTS: Readonly<Record<string, string>> = {
  '42P01': 'Run migrate(client) before the storage is used.',
  '3F000': 'Run migrate(client) before the storage is used.',
  '42703': 'The schema is not the one this version knows. Run migrate(client).',
  '42883': 'The schema is not the one this version knows. Run migrate(client).',
  MC001: 'Use transactions of isolation level READ COMMITTED, which is the default of Postgres.',
}

/** The fault to throw for whatever a driver threw; `lost` is the hint for a connection that broke. */
export function faultOf(thrown: unknown, doing: string, lost?: string): MissionControlError {
  if (isMissionControlError(thrown)) return thrown
  const sql = sqlErrorOf(thrown)
  if (sql === null) {
    // A driver throws its own errors for broken connections and full pools. A TypeError is a bug of ours.
    const isBug = thrown instanceof TypeError || thrown instanceof RangeError || thrown instanceof SyntaxError
    const detail = `${doing}: ${messageOf(thrown)}`
    return isBug ? fault('INTERNAL', detail, thrown) : fault('UNAVAILABLE', detail, thrown, lost)
  }
  const detail = `${doing}: ${sql.message} (${sql.code})`
  if (isUnreachable(sql)) return fault('UNAVAILABLE', detail, thrown, lost)
  return fault('INTERNAL', detail, thrown, HINTS[sql.code])
}

function fault(code: 'INTERNAL' | 'UNAVAILABLE', detail: string, cause: unknown, hint?: string): MissionControlError {
  return new MissionControlError(code, detail, hint === undefined ? { cause } : { cause, hint })
}

function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  // `pg` bundles the attempts on several addresses of one host and leaves the message of the bundle empty.
  if (thrown instanceof AggregateError && thrown.message === '') return thrown.errors.map(messageOf).join(', ')
  return thrown.message
}

/** Lets a fault of the database surface as one of ours. */
export async function orFault<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    // What somebody else refused inside, such as whoever reads a backup, is their word and no fault of ours.
    if (isRefusedError(thrown)) throw thrown
    throw faultOf(thrown, doing)
  }
}
