import type { JsonValue } from '../../model/text.ts'

/** What a spreadsheet would take for a formula, or for the end of its cell. */
const FORMULA = /^[=+\-@\t\r]/
const NEEDS_QUOTES = /[",\r\n]/

/** One value as a cell: never a formula, whoever wrote it. What is composite is JSON. */
export function csvCell(value: JsonValue): string {
  const text = value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)
  const safe = FORMULA.test(text) ? `'${text}` : text
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Rows as CSV (RFC 4180) with a line of names. Every row has every column. */
export function csvText(columns: readonly string[], rows: readonly Readonly<Record<string, JsonValue>>[]): string {
  const line = (cells: readonly JsonValue[]) => `${cells.map(csvCell).join(',')}\r\n`
  return [line(columns), ...rows.map((row) => line(columns.map((column) => row[column] ?? null)))].join('')
}
