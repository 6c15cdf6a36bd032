import { isMissionControlError, type Refusal } from '@mission-control/core'
import { type RichText, rich, value } from './text/rich-text.ts'

/** What a refusal was about, for its answer. */
export interface Asked {
  /** What was looked for, as it was typed. */
  readonly id?: string
  readonly permission?: string
}

/** What a person reads when they are refused. */
export function refusalText(refusal: Refusal, { id = '', permission = 'that permission' }: Asked = {}): RichText {
  switch (refusal.code) {
    case 'NOT_FOUND':
      return rich('Not found: ', value(id))
    case 'AMBIGUOUS_ID':
      return rich('Which one? ', value((refusal.candidates ?? []).join(', ')))
    case 'UNAUTHENTICATED':
      return rich('Not authorized.')
    case 'FORBIDDEN':
      return rich(`You lack ${permission}.`)
    case 'SEPARATION_OF_DUTIES':
      return rich('You cannot decide this one.')
    case 'SECOND_FACTOR_REQUIRED':
      return rich('Add otp:<code>.')
    case 'ALREADY_DECIDED':
    case 'APPROVAL_EXPIRED':
      return rich(`Already ${refusal.status ?? 'decided'}.`)
    case 'RATE_LIMITED':
      return retryIn(refusal.retryAfterMs ?? 1000)
    default:
      return failedText(refusal.code)
  }
}

/** When to try again. */
export function retryIn(ms: number): RichText {
  return rich(`Retry in ${Math.max(1, Math.ceil(ms / 1000))} s.`)
}

/** What is said of a fault: nothing was committed. */
export function faultText(error: unknown): RichText {
  return failedText(isMissionControlError(error) ? error.code : 'INTERNAL')
}

function failedText(code: string): RichText {
  return rich(`Failed (${code}). Nothing was changed.`)
}
