import { describe, expect, test } from 'vitest'
import { totpCodes } from './one-time-codes.ts'

/** The secret and the codes of RFC 6238, appendix B, with the last six of its eight digits. */
const SECRET = new TextEncoder().encode('12345678901234567890')
const CODES = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_234_567_890, '005924'],
  [20_000_000_000, '353130'],
] as const

const codes = () => totpCodes({ secretOf: async (id) => (id === 'prn_ann' ? SECRET : null) })

describe('time-based codes', () => {
  test.each(CODES)('at second %i the code is %s', async (seconds, code) => {
    expect(await codes().verify('prn_ann', code, seconds * 1000)).toBe(Math.floor(seconds / 30))
  })

  test('a code is taken one step early and late, and no more', async () => {
    const at = async (offsetMs: number) => codes().verify('prn_ann', '081804', 1_111_111_109_000 + offsetMs)
    expect(await Promise.all([at(-30_000), at(30_000)])).toEqual([37_037_036, 37_037_036])
    expect(await Promise.all([at(-61_000), at(61_000)])).toEqual([null, null])
  })

  test('a wrong code, and the code of somebody without a secret, is none', async () => {
    expect(await codes().verify('prn_ann', '287083', 59_000)).toBeNull()
    expect(await codes().verify('prn_bob', '287082', 59_000)).toBeNull()
  })

  test('after five wrong ones the right one is refused too, until the next step', async () => {
    const guessed = codes()
    for (let guess = 0; guess < 5; guess++) await guessed.verify('prn_ann', `00000${guess}`, 59_000)
    expect(await guessed.verify('prn_ann', '287082', 59_000)).toBeNull()
    expect(await guessed.verify('prn_ann', '287082', 60_000)).toBe(1)
  })
})
