import { MissionControlError } from '@mission-control/core/storage'
import { describe, expect, test } from 'vitest'
import { faultOf, isConflict, sqlErrorOf } from './faults.ts'

function databaseError(code: string, more: object = {}): Error {
  return Object.assign(new Error('said by the database'), { code, ...more })
}

describe('faults', () => {
  test.each(['08006', '53300', '57P01', '57014', '55P03', '25006', '28P01', '3D000'])(
    '%s: the store cannot be reached',
    (code) => {
      expect(faultOf(databaseError(code), 'load')).toMatchObject({ code: 'UNAVAILABLE' })
    },
  )

  test.each(['23514', '22P02', '42P01', '42703', 'XX001', 'MC001'])('%s: something is wrong here', (code) => {
    expect(faultOf(databaseError(code), 'load')).toMatchObject({ code: 'INTERNAL' })
  })

  test('the cause and what was being done are kept', () => {
    const cause = databaseError('23514')
    const fault = faultOf(cause, 'commit')
    expect(fault.cause).toBe(cause)
    expect(fault.message).toBe('commit: said by the database (23514)')
  })

  test('what a driver throws without a code of the database is a broken connection', () => {
    const broken = Object.assign(new Error('read'), { code: 'ECONNRESET' })
    expect(faultOf(broken, 'load')).toMatchObject({ code: 'UNAVAILABLE', cause: broken })
    expect(faultOf(Object.assign(new Error('write'), { code: 'EPIPE' }), 'load')).toMatchObject({ code: 'UNAVAILABLE' })
    const all = new AggregateError([new Error('::1 refused'), new Error('127.0.0.1 refused')], '')
    expect(faultOf(all, 'load').message).toBe('load: ::1 refused, 127.0.0.1 refused')
    expect(faultOf('gone', 'load')).toMatchObject({ code: 'UNAVAILABLE', message: 'load: gone' })
  })

  test('a mistake in this program is not taken for a broken connection', () => {
    expect(faultOf(new TypeError('x is undefined'), 'load')).toMatchObject({ code: 'INTERNAL' })
    expect(faultOf(new SyntaxError('not JSON'), 'load')).toMatchObject({ code: 'INTERNAL' })
  })

  test('our own errors pass', () => {
    const own = new MissionControlError('INTERNAL', 'a bug')
    expect(faultOf(own, 'load')).toBe(own)
  })
})

test('only these mean that somebody was faster', () => {
  const conflicts = ['23505', '40001', '40P01', 'MC002', '23514', '57014', '23503'].filter((code) => {
    const error = sqlErrorOf(databaseError(code))
    return error !== null && isConflict(error)
  })
  expect(conflicts).toEqual(['23505', '40001', '40P01', 'MC002'])
})
