import { z } from 'zod'

interface CodeFacts {
  /** HTTP status of the code; the host reads it, nothing else decides on it. */
  readonly status: number
  readonly title: string
  /** Can the same request succeed later without being changed? */
  readonly retryable: boolean
  readonly hint: string
}

function code(status: number, title: string, retryable: boolean, hint: string): CodeFacts {
  return { status, title, retryable, hint }
}

/**
 * Every way Mission Control says no, and what to do then.
 * A code never changes its meaning. `docs/errors.md` is generated from this table.
 */
export const CODES = {
  VALIDATION: code(400, 'The request is not valid', false, 'Fix the fields listed in errors[].'),
  IDEMPOTENCY_KEY_REQUIRED: code(400, 'An idempotency key is required', false, 'Send an Idempotency-Key header.'),
  CURSOR_INVALID: code(400, 'The cursor is not valid', false, 'Restart the list without a cursor.'),
  UNAUTHENTICATED: code(401, 'Not authenticated', false, 'The key is missing, unknown, expired or revoked.'),
  BUDGET_EXCEEDED: code(
    402,
    'The budget is exhausted',
    true,
    'Wait for the override or the next window, then use a new key.',
  ),
  FORBIDDEN: code(403, 'Not permitted', false, 'This principal lacks the permission named in detail.'),
  SEPARATION_OF_DUTIES: code(403, 'Another principal must decide', false, 'Ask somebody who is no party to this.'),
  SECOND_FACTOR_REQUIRED: code(403, 'A one-time code is required', false, 'Repeat with a one-time code.'),
  POLICY_DENIED: code(403, 'The policy denies this', false, 'Read violations in errors[]; do not retry unchanged.'),
  SPAWN_REFUSED: code(403, 'This agent may not be spawned', false, 'Check role, depth, purpose and parent task.'),
  NOT_FOUND: code(404, 'Not found', false, 'Check the id and the project.'),
  APPROVAL_REQUIRED: code(
    409,
    'A human must approve first',
    true,
    'Wait for the approval named in errors[], then repeat with a new key.',
  ),
  TRANSITION_REFUSED: code(409, 'The task cannot move there', false, 'Read errors[] and allowed[].'),
  CLAIM_LOST: code(409, 'Somebody else holds this task', false, 'Pick another task.'),
  LEASE_LOST: code(409, 'The lease on this task is no longer yours', false, 'Drop the work; nothing was written.'),
  AGENT_NOT_ACTIVE: code(409, 'The agent is not active', true, 'Obey the directive of the heartbeat.'),
  OPERATOR_MODE: code(409, 'The project is not in normal mode', true, 'Obey the directive of the heartbeat.'),
  RUN_CLOSED: code(409, 'The run is already final', false, 'The stored result stands.'),
  ALREADY_DECIDED: code(409, 'Already decided', false, 'Request again if it is still needed.'),
  APPROVAL_EXPIRED: code(409, 'The approval has expired', false, 'Request again if it is still needed.'),
  GRANT_USED: code(409, 'The grant has been used', false, 'Request again if it is still needed.'),
  REVIEW_REFUSED: code(409, 'The review is not possible', false, 'Check task state, reviewer and submission.'),
  AMBIGUOUS_ID: code(409, 'More than one row fits', false, 'Use one of the candidates in errors[].'),
  DUPLICATE: code(409, 'The value is taken', false, 'Choose another value.'),
  PROJECT_ARCHIVED: code(409, 'The project is archived', false, 'An archived project is read-only.'),
  IDEMPOTENCY_IN_FLIGHT: code(409, 'The same key is being worked on', true, 'Retry in a moment.'),
  VERSION_CONFLICT: code(412, 'The row has changed', false, 'Reload, then retry.'),
  PAYLOAD_TOO_LARGE: code(413, 'Too large', false, 'Stay under the limit named in detail.'),
  IDEMPOTENCY_KEY_REUSED: code(422, 'The key was used for another request', false, 'Use a new key.'),
  PRECONDITION_REQUIRED: code(428, 'A version is required', false, 'Send If-Match with the version you read.'),
  RATE_LIMITED: code(429, 'Too many requests', true, 'Wait for retryAfterMs.'),
  INTERNAL: code(500, 'Internal error', true, 'Nothing was committed. Report the traceId.'),
  UNAVAILABLE: code(503, 'The store cannot be reached', true, 'Nothing was committed. Retry later.'),
  CONTENTION: code(503, 'Too many writers at once', true, 'Nothing was committed. Retry later.'),
} as const satisfies Record<string, CodeFacts>

export type Code = keyof typeof CODES

/** Only these are thrown; every other code is an answer. */
export type FaultCode = Extract<Code, 'INTERNAL' | 'UNAVAILABLE' | 'CONTENTION'>
export type RefusalCode = Exclude<Code, FaultCode>

export const fieldErrorSchema = z.strictObject({ field: z.string(), message: z.string() })
export type FieldError = z.infer<typeof fieldErrorSchema>

/** What a code carries beyond text, so that a caller can act without parsing `detail`. */
export interface RefusalExtras {
  readonly errors?: readonly FieldError[]
  /** TRANSITION_REFUSED: what this actor may do instead. */
  readonly allowed?: readonly string[]
  /** RATE_LIMITED. */
  readonly retryAfterMs?: number
  /** APPROVAL_REQUIRED and BUDGET_EXCEEDED: what a human has to decide. */
  readonly approvalIds?: readonly string[]
  /** CLAIM_LOST: the agent that holds the task. */
  readonly owner?: string | null
  /** LEASE_LOST: who holds it now, under which epoch, until when. */
  readonly holder?: string | null
  readonly epoch?: number
  readonly expiresAt?: number | null
  /** AMBIGUOUS_ID. */
  readonly candidates?: readonly string[]
  /** POLICY_DENIED: step, code and detail of each rule that said no. */
  readonly violations?: readonly { readonly step: number; readonly code: string; readonly detail: string }[]
  /** RUN_CLOSED and ALREADY_DECIDED: how it ended. */
  readonly status?: string
}

/** An expected "no": what, why, and what to do about it. */
export interface Refusal extends RefusalExtras {
  readonly code: RefusalCode
  readonly title: string
  readonly detail: string
  readonly hint: string
  readonly traceId?: string
}

/** Builds a refusal; title and hint come from the table of codes. */
export function refusal(
  refused: RefusalCode,
  detail: string,
  extras: RefusalExtras & { readonly hint?: string } = {},
): Refusal {
  const { title, hint } = CODES[refused]
  return { code: refused, title, detail, hint, ...extras }
}

/** The answer of every command and query: a value to branch on, never an exception for an expected "no". */
export type Outcome<T> = { readonly ok: true; readonly data: T } | { readonly ok: false; readonly error: Refusal }

/** Turns zod issues into field errors: `input.items[2].file` and what is wrong with it. */
export function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.slice(0, 50).map((issue) => ({
    field: issue.path.map(String).join('.') || '(body)',
    message: issue.message,
  }))
}
