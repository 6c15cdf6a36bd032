import { expect, test } from 'vitest'
import { traceOf } from './trace.ts'

const parent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

test('the trace of the caller is what a refusal shows', () => {
  const trace = traceOf(new Headers({ traceparent: parent, 'x-request-id': 'req-1' }))
  expect(trace).toEqual({ requestId: 'req-1', traceparent: parent, traceId: '4bf92f3577b34da6a3ce929d0e0e4736' })
})

test('without one it is the request', () => {
  const trace = traceOf(new Headers({ 'x-request-id': 'req-1' }))
  expect(trace).toEqual({ requestId: 'req-1', traceparent: null, traceId: 'req-1' })
})

test.each([
  ['x-request-id', 'a b'],
  ['x-request-id', 'x'.repeat(129)],
  ['x-request-id', ''],
  ['traceparent', '00-00000000000000000000000000000000-00f067aa0ba902b7-01'],
  ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01'],
  ['traceparent', `ff-${parent.slice(3)}`],
  ['traceparent', parent.toUpperCase()],
])('%s: %s is not repeated', (name, value) => {
  const trace = traceOf(new Headers({ [name]: value }))
  expect(trace.requestId).toMatch(/^[0-9a-f-]{36}$/)
  expect(trace.traceparent).toBeNull()
  expect(trace.traceId).toBe(trace.requestId)
})
