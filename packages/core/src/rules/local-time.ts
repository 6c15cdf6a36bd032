import { windowEndsAt, windowStartsAt } from './windows.ts'

const formats = new Map<string, Intl.DateTimeFormat>()

function localHour(at: number, timeZone: string): number {
  const format =
    formats.get(timeZone) ?? new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' })
  formats.set(timeZone, format)
  return Number(format.format(at))
}

/** The moment of the local day of `at` when clocks first show that hour, also on days of 23 and 25 hours. */
export function momentOfHour(at: number, hour: number, timeZone: string): number {
  let before = windowStartsAt('DAY', at, timeZone) - 1
  let reached = windowEndsAt('DAY', at, timeZone) - 1
  while (reached - before > 1) {
    const middle = Math.floor((before + reached) / 2)
    if (localHour(middle, timeZone) >= hour) reached = middle
    else before = middle
  }
  return reached
}
