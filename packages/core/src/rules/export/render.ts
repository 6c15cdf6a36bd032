import type { JsonValue } from '../../model/text.ts'
import { moment, said } from '../reports/markdown.ts'
import { csvText } from './csv.ts'

export const EXPORT_PARTS = ['tasks', 'agents', 'runs', 'audit'] as const
export type ExportPart = (typeof EXPORT_PARTS)[number]

export const EXPORT_FORMATS = ['NDJSON', 'JSON', 'CSV', 'MARKDOWN'] as const
export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export type ExportRow = Readonly<Record<string, JsonValue>>

const FILES = {
  NDJSON: { suffix: 'ndjson', mediaType: 'application/x-ndjson' },
  JSON: { suffix: 'json', mediaType: 'application/json' },
  CSV: { suffix: 'csv', mediaType: 'text/csv' },
  MARKDOWN: { suffix: 'md', mediaType: 'text/markdown' },
} as const

export interface ExportFile {
  readonly name: string
  readonly mediaType: string
  readonly text: string
}

/** One part as a file. `columns` are the fields of its rows, in their order. */
export function exportFile(
  part: ExportPart,
  format: ExportFormat,
  columns: readonly string[],
  rows: readonly ExportRow[],
): ExportFile {
  const { suffix, mediaType } = FILES[format]
  return { name: `${part}.${suffix}`, mediaType, text: TEXTS[format](part, columns, rows) }
}

const TEXTS: Readonly<
  Record<ExportFormat, (part: ExportPart, columns: readonly string[], rows: readonly ExportRow[]) => string>
> = {
  NDJSON: (_, __, rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
  JSON: (_, __, rows) => `[${rows.map((row) => `\n${JSON.stringify(row)}`).join(',')}\n]\n`,
  CSV: (_, columns, rows) => csvText(columns, rows),
  MARKDOWN: (part, _, rows) => markdown(part, rows),
}

/** What happened, day by day in UTC; the rows come in their order in time. */
function markdown(part: ExportPart, rows: readonly ExportRow[]): string {
  const lines = [`# ${part}`, '']
  let day = ''
  for (const row of rows) {
    const at = Number(row.time ?? row.startedAt ?? row.createdAt ?? 0)
    const today = moment(at).slice(0, 10)
    if (today !== day) lines.push(`## ${today}`, '')
    day = today
    lines.push(`- ${moment(at).slice(11, 16)} ${lineOf(part, row)}`)
  }
  return `${lines.join('\n')}\n`
}

function lineOf(part: ExportPart, row: ExportRow): string {
  const text = (field: string) => said(typeof row[field] === 'string' ? row[field] : JSON.stringify(row[field] ?? null))
  switch (part) {
    case 'tasks':
      return `${text('id')} ${text('status')} P${text('priority')} ${text('title')}`
    case 'agents':
      return `${text('id')} ${text('role')} ${text('status')} ${text('name')}`
    case 'runs':
      return `${text('id')} ${text('status')} ${text('model')}, billed ${text('billedMicros')} micro-USD`
    case 'audit':
      return `${text('type')} ${text('summary')}`
  }
}
