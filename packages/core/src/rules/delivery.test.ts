import { describe, expect, test } from 'vitest'
import { isRetryable, retryDelayMs } from './delivery.ts'

const IDS = Array.from({ length: 200 }, (_, at) => `ntf_${at}`)

describe('waiting between attempts', () => {
  test.each([
    [1, 30_000],
    [2, 60_000],
    [3, 120_000],
    [4, 240_000],
  ])('after attempt %i it is %i ms, a fifth more or less, and the same for the same note', (attempt, base) => {
    const delays = IDS.map((id) => retryDelayMs(id, attempt))
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(base * 0.8)
    expect(Math.max(...delays)).toBeLessThanOrEqual(base * 1.2)
    expect(new Set(delays).size).toBeGreaterThan(150)
    expect(IDS.map((id) => retryDelayMs(id, attempt))).toEqual(delays)
  })

  test('only what may end better is tried again', () => {
    const again = [null, 429, 500, 503, 599].map(isRetryable)
    const never = [200, 301, 400, 401, 403, 404, 410, 428, 499, 600].map(isRetryable)
    expect([...new Set(again), ...new Set(never)]).toEqual([true, false])
  })
})
