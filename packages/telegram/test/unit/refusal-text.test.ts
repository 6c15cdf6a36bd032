import { MissionControlError, type Refusal } from '@mission-control/core'
import { expect, test } from 'vitest'
import { faultText, refusalText, retryIn } from '../../src/refusal-text.ts'

const refusal = (code: Refusal['code'], detail: string, more: Partial<Refusal> = {}): Refusal => ({
  code,
  detail,
  title: '',
  hint: '',
  ...more,
})
const told = (given: Refusal, asked = {}) => refusalText(given, asked).text

test('what a person reads when they are refused', () => {
  expect(told(refusal('NOT_FOUND', 'x'), { id: '#AB12' })).toBe('Not found: #AB12')
  expect(told(refusal('AMBIGUOUS_ID', 'x', { candidates: ['apr_1', 'apr_2'] }))).toBe('Which one? apr_1, apr_2')
  expect(told(refusal('UNAUTHENTICATED', 'x'))).toBe('Not authorized.')
  expect(told(refusal('FORBIDDEN', 'x'), { permission: 'tasks.create' })).toBe('You lack tasks.create.')
  expect(told(refusal('SEPARATION_OF_DUTIES', 'x'))).toBe('You cannot decide this one.')
  expect(told(refusal('SECOND_FACTOR_REQUIRED', 'x'))).toBe('Add otp:<code>.')
  expect(told(refusal('ALREADY_DECIDED', 'x', { status: 'DENIED' }))).toBe('Already DENIED.')
  expect(told(refusal('APPROVAL_EXPIRED', 'x', { status: 'EXPIRED' }))).toBe('Already EXPIRED.')
  expect(told(refusal('RATE_LIMITED', 'x', { retryAfterMs: 1_001 }))).toBe('Retry in 2 s.')
  expect(told(refusal('BUDGET_EXCEEDED', 'x'))).toBe('Failed (BUDGET_EXCEEDED). Nothing was changed.')
  expect(faultText(new MissionControlError('UNAVAILABLE', 'x')).text).toBe('Failed (UNAVAILABLE). Nothing was changed.')
  expect(faultText(new Error('a secret')).text).toBe('Failed (INTERNAL). Nothing was changed.')
  expect(retryIn(0).text).toBe('Retry in 1 s.')
})
