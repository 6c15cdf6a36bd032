import { describe, expect, it } from 'vitest'
import { localDate, windowEndsAt, windowKey, windowStartsAt } from './windows.ts'

const HOUR_MS = 3_600_000
const at = (text: string) => Date.parse(text)

describe('budget windows', () => {
  it.each([
    ['2026-03-29T00:30:00Z', 'Europe/Berlin', '2026-03-29'],
    ['2026-03-28T23:30:00Z', 'Europe/Berlin', '2026-03-29'],
    ['2026-03-28T23:30:00Z', 'UTC', '2026-03-28'],
    ['2026-01-01T04:59:59Z', 'America/New_York', '2025-12-31'],
    ['2026-01-01T05:00:00Z', 'America/New_York', '2026-01-01'],
    ['2026-06-01T18:15:00Z', 'Asia/Kathmandu', '2026-06-02'],
  ])('%s in %s is %s', (moment, zone, date) => {
    expect(localDate(at(moment), zone)).toBe(date)
  })

  it('ends a day of 23 hours and one of 25 at local midnight (R-72)', () => {
    const shortDay = at('2026-03-28T23:00:00Z')
    expect(windowEndsAt('DAY', shortDay, 'Europe/Berlin') - shortDay).toBe(23 * HOUR_MS)
    const longDay = at('2026-10-24T22:00:00Z')
    expect(windowEndsAt('DAY', longDay, 'Europe/Berlin') - longDay).toBe(25 * HOUR_MS)
  })

  it.each(['DAY', 'WEEK', 'MONTH'] as const)('begins a %s where the one before ended', (window) => {
    for (const moment of ['2026-03-29T21:59:59Z', '2026-10-25T22:59:59Z', '2026-01-01T00:00:00Z']) {
      const start = windowStartsAt(window, at(moment), 'Europe/Berlin')
      expect(windowEndsAt(window, start - 1, 'Europe/Berlin')).toBe(start)
      expect(windowKey(window, start, 'Europe/Berlin')).toBe(windowKey(window, at(moment), 'Europe/Berlin'))
    }
    expect(windowStartsAt('LIFETIME', at('2026-03-29T12:00:00Z'), 'UTC')).toBe(0)
  })

  it('keys weeks by ISO 8601, Monday first', () => {
    expect(windowKey('WEEK', at('2026-01-01T12:00:00Z'), 'UTC')).toBe('2026-W01')
    expect(windowKey('WEEK', at('2027-01-03T12:00:00Z'), 'UTC')).toBe('2026-W53')
    expect(windowKey('WEEK', at('2027-01-04T12:00:00Z'), 'UTC')).toBe('2027-W01')
    expect(windowKey('MONTH', at('2026-02-28T12:00:00Z'), 'UTC')).toBe('2026-02')
    expect(windowKey('LIFETIME', at('2026-02-28T12:00:00Z'), 'UTC')).toBe('')
  })
})
