import { expect, test } from 'vitest'
import { momentOfHour } from './local-time.ts'

test.each([
  ['an ordinary day', '2026-01-05T20:00:00Z', 'UTC', '2026-01-05T09:00:00.000Z'],
  ['a day of 23 hours', '2026-03-29T12:00:00Z', 'Europe/Berlin', '2026-03-29T07:00:00.000Z'],
  ['a day of 25 hours', '2026-10-25T12:00:00Z', 'Europe/Berlin', '2026-10-25T08:00:00.000Z'],
  ['early in the day', '2026-01-05T00:00:00Z', 'UTC', '2026-01-05T09:00:00.000Z'],
  ['a zone of half an hour', '2026-01-05T00:00:00Z', 'Asia/Kolkata', '2026-01-05T03:30:00.000Z'],
  ['the other side of the date line', '2026-01-05T11:00:00Z', 'Pacific/Kiritimati', '2026-01-05T19:00:00.000Z'],
])('nine in the morning of %s', (_, now, zone, expected) => {
  expect(new Date(momentOfHour(Date.parse(now), 9, zone)).toISOString()).toBe(expected)
})
