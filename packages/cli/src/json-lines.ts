import type { z } from 'zod'
import { InputFault, parseJson, schemaFault } from './input-fault.ts'

/** Lines that one run takes at most. */
const LINES_MAX = 1_000_000

/** Reads a file of one JSON value per line. Blank lines are skipped; anything else has to fit. */
export function readJsonLines<T>(name: string, text: string, schema: z.ZodType<T>): readonly T[] {
  const values: T[] = []
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    if (values.length >= LINES_MAX) throw new InputFault(`${name}: line ${at + 1}: more than ${LINES_MAX} lines`)
    const place = `${name}: line ${at + 1}`
    const parsed = schema.safeParse(parseJson(place, line.replace(/^\uFEFF/, '')))
    if (!parsed.success) throw schemaFault(place, parsed.error)
    values.push(parsed.data)
  }
  return values
}

/** One value per line, ready to be read again. */
export function toJsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('')
}
