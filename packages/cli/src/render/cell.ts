import { usdFromMicros } from '@mission-control/core'

/** What moves the cursor, rings the bell or turns the writing round: it must not reach a terminal from a title or a name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to find
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** The text without anything a terminal would obey; line breaks become spaces. */
export function safeText(text: string): string {
  return text.replaceAll(/\r?\n|\t/g, ' ').replaceAll(UNSAFE, '\u{fffd}')
}

/** A value as a person reads it. The unit is at the end of the field's name. */
export function cellText(field: string, value: unknown): string {
  if (value === null || value === undefined || value === '') return '-'
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map((one) => cellText(field, one)).join(', ')
  if (typeof value === 'object') return safeText(JSON.stringify(value))
  if (typeof value !== 'number') return safeText(String(value))
  if (field.endsWith('Micros')) return `$${usdText(value)}`
  return field === 'time' || field.endsWith('At') ? momentText(value) : String(value)
}

/** Cents, and more digits only where there is something in them. */
function usdText(micros: number): string {
  return micros % 10_000 === 0 ? usdFromMicros(micros) : usdFromMicros(micros, 6).replace(/0+$/, '')
}

function momentText(at: number): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? String(at) : `${date.toISOString().slice(0, 19).replace('T', ' ')}Z`
}
