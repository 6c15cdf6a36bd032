import { describe, expect, test } from 'vitest'
import { median, sampleOf } from './statistics.ts'

describe('median', () => {
  test('is the middle, whatever the order, and the mean of two middles', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(() => median([])).toThrow('no median')
  })
})

describe('sampleOf', () => {
  const window = { elapsedSeconds: 2, operations: 100, cpuMicros: 5_000 }

  test('counts per second, and shares the CPU time among the operations', () => {
    const latenciesMs = Array.from({ length: 100 }, (_, index) => 100 - index)
    expect(sampleOf({ ...window, latenciesMs })).toEqual({ opsPerSecond: 50, p50Ms: 51, p99Ms: 100, cpuMicros: 50 })
  })

  test('a window without one operation is no measurement', () => {
    expect(() => sampleOf({ ...window, operations: 0, latenciesMs: [] })).toThrow('not one operation')
  })
})
