import { csvText } from './csv.ts'
import type { ExportRow } from './render.ts'

export const ROW_FORMATS = ['NDJSON', 'JSON', 'CSV'] as const
export type RowFormat = (typeof ROW_FORMATS)[number]

/** Writes a file of rows piece by piece, for files that are too long to be held whole. */
export interface RowWriter {
  readonly suffix: string
  readonly mediaType: string
  readonly begin: string
  rows(rows: readonly ExportRow[]): string
  readonly end: string
}

/** A writer for one file. `columns` are the fields of its rows, in their order. */
export function rowWriter(format: RowFormat, columns: readonly string[]): RowWriter {
  if (format === 'CSV') {
    return {
      suffix: 'csv',
      mediaType: 'text/csv; charset=utf-8; header=present',
      begin: csvText(columns, []),
      rows: (rows) => csvText(columns, rows).slice(csvText(columns, []).length),
      end: '',
    }
  }
  const lines = (rows: readonly ExportRow[]) => rows.map((row) => JSON.stringify(row))
  if (format === 'NDJSON') {
    const rows = (given: readonly ExportRow[]) =>
      lines(given)
        .map((line) => `${line}\n`)
        .join('')
    return { suffix: 'ndjson', mediaType: 'application/x-ndjson', begin: '', rows, end: '' }
  }
  let isFirst = true
  return {
    suffix: 'json',
    mediaType: 'application/json',
    begin: '[',
    rows: (given) => {
      const text = lines(given)
        .map((line) => `\n${line}`)
        .join(',')
      const separator = isFirst || text === '' ? '' : ','
      if (text !== '') isFirst = false
      return separator + text
    },
    end: '\n]\n',
  }
}
