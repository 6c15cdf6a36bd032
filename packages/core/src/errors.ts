import { CODES, type FaultCode, type Outcome, type Refusal, refusal } from './model/refusal.ts'

const BRAND = Symbol.for('@mission-control/error')
const REFUSED_BRAND = Symbol.for('@mission-control/refused')

/**
 * Thrown when Mission Control cannot answer at all: UNAVAILABLE (the store cannot be reached), CONTENTION (gave up
 * after looking again and again) or INTERNAL. Nothing was committed. Every expected "no" is an Outcome instead.
 */
export class MissionControlError extends Error {
  readonly code: FaultCode
  readonly hint: string
  readonly retryable: boolean

  constructor(code: FaultCode, detail: string, options: { cause?: unknown; hint?: string } = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'MissionControlError'
    this.code = code
    this.hint = options.hint ?? CODES[code].hint
    this.retryable = CODES[code].retryable
    Object.defineProperty(this, BRAND, { value: true })
  }
}

/** Whether a thrown value is ours, also when two copies of the package are loaded. */
export function isMissionControlError(value: unknown): value is MissionControlError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true
}

/** Stops on a bug: a condition that our own code must keep does not hold. */
export function invariant(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new MissionControlError('INTERNAL', `invariant broken: ${sentence}`)
}

/** A refusal as an exception, for callers that do not want to branch. The refusal is unchanged inside. */
export class RefusedError extends Error {
  readonly refusal: Refusal

  constructor(refused: Refusal) {
    const fields = (refused.errors ?? []).map((error) => `${error.field}: ${error.message}`).join('; ')
    super(`${refused.code}: ${refused.detail}${fields === '' ? '' : ` (${fields})`}`)
    this.name = 'RefusedError'
    this.refusal = refused
    Object.defineProperty(this, REFUSED_BRAND, { value: true })
  }
}

/** Whether a thrown value is a refusal, also when two copies of the package are loaded. */
export function isRefusedError(value: unknown): value is RefusedError {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[REFUSED_BRAND] === true
}

/** What a store throws for a cursor that its log cannot have given: the caller's mistake, and no fault. */
export function invalidCursor(): RefusedError {
  return new RefusedError(refusal('CURSOR_INVALID', 'this cursor does not belong to this log'))
}

/** The answer of an outcome, or its refusal thrown as a RefusedError. */
export function unwrap<T>(outcome: Outcome<T>): T {
  if (outcome.ok) return outcome.data
  throw new RefusedError(outcome.error)
}
