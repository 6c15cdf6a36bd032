import type { Terminal } from '../terminal.ts'
import { cellText } from './cell.ts'

export type Row = Readonly<Record<string, unknown>>

const GAP = '  '
/** No column is cut below this, however narrow the terminal. */
const WIDTH_MIN = 6
const WIDE = /\p{Extended_Pictographic}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/u
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/** Rows under headings, no wider than the terminal. Into a pipe everything is written in full. */
export function tableText(columns: readonly string[], rows: readonly Row[], terminal: Terminal): string {
  const cells = rows.map((row) => columns.map((column) => cellText(column, valueAt(row, column))))
  const heads = columns.map((column) => headText(column))
  const wanted = columns.map((_, at) => Math.max(...[heads, ...cells].map((line) => widthOf(line[at] ?? ''))))
  const widths = fitted(wanted, terminal.columns)
  const line = (texts: readonly string[]) =>
    texts
      .map((text, at) => padded(text, widths[at] ?? 0))
      .join(GAP)
      .trimEnd()
  const head = line(heads)
  return `${[terminal.hasColour === true ? `\u001b[1m${head}\u001b[0m` : head, ...cells.map(line)].join('\n')}\n`
}

/** One record, a field per line; what lies inside of it is named by its way there. */
export function recordText(record: Row): string {
  const lines = [...fieldsOf(record, '')]
  const width = Math.max(0, ...lines.map(([name]) => name.length))
  return lines.map(([name, text]) => `${name.padEnd(width)}${GAP}${text}\n`).join('')
}

/** The value under a name such as `claim.agentId`. */
export function valueAt(row: Row, path: string): unknown {
  let value: unknown = row
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null) return null
    value = (value as Row)[part]
  }
  return value
}

function* fieldsOf(record: Row, prefix: string): Generator<readonly [string, string]> {
  for (const [field, value] of Object.entries(record)) {
    const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (isRecord) yield* fieldsOf(value as Row, `${prefix}${field}.`)
    else yield [`${prefix}${field}`, cellText(field, value)]
  }
}

/** `estimatedCostMicros` is headed ESTIMATED COST: the cells show the unit. */
function headText(column: string): string {
  const name = column.split('.').at(-1) ?? column
  return name
    .replace(/Micros$|At$/, '')
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toUpperCase()
}

/** Takes from the widest columns until all of them fit. */
function fitted(wanted: readonly number[], columns: number | undefined): readonly number[] {
  const widths = [...wanted]
  if (columns === undefined) return widths
  const room = columns - GAP.length * (widths.length - 1)
  while (widths.reduce((sum, width) => sum + width, 0) > room) {
    const widest = widths.indexOf(Math.max(...widths))
    if ((widths[widest] ?? 0) <= WIDTH_MIN) break
    widths[widest] = (widths[widest] ?? 0) - 1
  }
  return widths
}

function padded(text: string, width: number): string {
  const own = widthOf(text)
  if (own <= width) return text + ' '.repeat(width - own)
  let cut = ''
  let taken = 0
  for (const { segment } of graphemes.segment(text)) {
    const more = widthOf(segment)
    if (taken + more > width - 1) break
    cut += segment
    taken += more
  }
  return `${cut}…${' '.repeat(Math.max(0, width - taken - 1))}`
}

/** How many places of a terminal a text takes. */
function widthOf(text: string): number {
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1
  return width
}
