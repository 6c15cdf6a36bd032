import type { Refusal } from '@mission-control/core'
import { EXIT } from '../exit-codes.ts'
import { safeText } from './cell.ts'

/** What was refused, why, and what to do about it. */
export function refusalText({ code, detail, hint, errors = [], allowed, candidates, traceId }: Refusal): string {
  const lines = [
    `${code}: ${safeText(detail)}`,
    ...errors.map(({ field, message }) => `  ${safeText(field)}: ${safeText(message)}`),
    ...(allowed === undefined ? [] : [`  possible instead: ${safeText(allowed.join(', '))}`]),
    ...(candidates === undefined ? [] : [`  which one: ${safeText(candidates.join(', '))}`]),
    safeText(hint),
    ...(traceId === undefined ? [] : [`trace ${safeText(traceId)}`]),
  ]
  return `${lines.join('\n')}\n`
}

/** The exit code for a refusal: what a script has to tell apart. */
export function exitOf({ code }: Refusal): number {
  switch (code) {
    case 'VALIDATION':
    case 'CURSOR_INVALID':
    case 'PAYLOAD_TOO_LARGE':
      return EXIT.usage
    case 'UNAUTHENTICATED':
    case 'FORBIDDEN':
    case 'SECOND_FACTOR_REQUIRED':
      return EXIT.forbidden
    case 'NOT_FOUND':
      return EXIT.notFound
    case 'RATE_LIMITED':
    case 'IDEMPOTENCY_IN_FLIGHT':
      return EXIT.unavailable
    default:
      return EXIT.refused
  }
}
