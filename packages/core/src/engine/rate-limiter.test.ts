import { describe, expect, test } from 'vitest'
import { RateLimiter } from './rate-limiter.ts'

describe('a rate limit', () => {
  test('lets exactly so many through in any sixty seconds, and says how long to wait', () => {
    const limiter = new RateLimiter()
    for (let at = 0; at < 3; at++) expect(limiter.take('a', at * 10_000, 3)).toBeNull()
    expect(limiter.take('a', 30_000, 3)).toBe(30_000)
    expect(limiter.take('a', 59_999, 3)).toBe(1)
    expect(limiter.take('a', 60_001, 3)).toBeNull()
    expect(limiter.take('a', 60_002, 3)).toBe(9_998)
  })

  test('counts each caller alone, and what was refused not at all', () => {
    const limiter = new RateLimiter()
    expect(limiter.take('a', 0, 1)).toBeNull()
    expect(limiter.take('b', 0, 1)).toBeNull()
    for (let at = 1; at < 60; at++) expect(limiter.take('a', at * 1000, 1)).not.toBeNull()
    expect(limiter.take('a', 60_001, 1)).toBeNull()
  })

  test('remembers a bounded number of callers', () => {
    const limiter = new RateLimiter()
    for (let caller = 0; caller <= 10_001; caller++) limiter.take(String(caller), 0, 1)
    expect(limiter.take('0', 1, 1)).toBeNull()
    expect(limiter.take('10001', 1, 1)).toBeGreaterThan(0)
  })
})
