import { z } from 'zod'

/** One US dollar in micro-USD. Money is never a float inside Mission Control. */
const MICROS_PER_USD = 1_000_000

/** An amount of money: a whole number of micro-USD, not negative, exactly representable. */
export const microsSchema = z.int().nonnegative()

const USD_PATTERN = /^(\d{1,9})(?:\.(\d{1,6}))?$/

/** Reads a USD decimal (`"12.5"`, at most six places) as micro-USD without passing through a float; null if it is none. */
export function microsFromUsd(text: string): number | null {
  const match = USD_PATTERN.exec(text)
  if (match === null) return null
  return Number(match[1]) * MICROS_PER_USD + Number((match[2] ?? '').padEnd(6, '0'))
}

/** Writes micro-USD as a USD decimal with `places` digits, rounded half up. */
export function usdFromMicros(micros: number, places: 2 | 6 = 2): string {
  const unit = 10 ** (6 - places)
  const rounded = Math.floor((Math.abs(micros) + unit / 2) / unit)
  const scale = 10 ** places
  const whole = Math.floor(rounded / scale)
  const sign = micros < 0 && rounded > 0 ? '-' : ''
  return `${sign}${whole}.${String(rounded % scale).padStart(places, '0')}`
}

/** Adds amounts and insists on an exact result: a sum beyond the safe integers is a bug, not a rounding matter. */
export function sumMicros(amounts: Iterable<number>): number {
  let total = 0
  for (const amount of amounts) total += amount
  if (!Number.isSafeInteger(total)) throw new RangeError(`sum of amounts is not a safe integer: ${total}`)
  return total
}
