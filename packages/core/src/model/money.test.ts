import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { microsFromUsd, sumMicros, usdFromMicros } from './money.ts'

describe('money', () => {
  it.each([
    ['12.5', 12_500_000],
    ['0.000001', 1],
    ['67.206899', 67_206_899],
    ['3', 3_000_000],
  ])('reads %s as %i micro-USD', (text, micros) => {
    expect(microsFromUsd(text)).toBe(micros)
  })

  it.each(['-1', '1e3', '0.0000001', '', '1.', 'NaN', ' 1', '1,5'])('refuses %j', (text) => {
    expect(microsFromUsd(text)).toBeNull()
  })

  it('writes what it read', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 900_000_000_000 }), (micros) => {
        expect(microsFromUsd(usdFromMicros(micros, 6))).toBe(micros)
      }),
    )
  })

  it('rounds to cents half up, carries, and keeps the sign', () => {
    expect(usdFromMicros(1_995_000)).toBe('2.00')
    expect(usdFromMicros(1_994_999)).toBe('1.99')
    expect(usdFromMicros(-1_500_000)).toBe('-1.50')
  })

  it('refuses a sum that is not exact', () => {
    expect(sumMicros([1, 2, 3])).toBe(6)
    expect(() => sumMicros([Number.MAX_SAFE_INTEGER, 1])).toThrow(RangeError)
  })
})
