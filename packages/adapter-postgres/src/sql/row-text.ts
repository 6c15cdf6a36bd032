import type { WrittenRows } from '../commit-plan.ts'
import { quoted, RECORD_TABLES, type RecordTable, tableName } from '../record-tables.ts'
import { toRow } from '../rows.ts'
import type { Parameters } from '../statement.ts'

/** One id is compared, not searched for in a list, so that the plan counts on one row. */
export function among(column: string, ids: string, count: number): string {
  return count === 1 ? `${column} = (${ids})[1]` : `${column} = any(${ids})`
}

/** The records of one kind as rows of its table, carried in as JSON. */
export function recordsOf({ kind, records }: WrittenRows, values: Parameters): string {
  const table = RECORD_TABLES[kind]
  const [first] = records
  if (records.length === 1 && first !== undefined) {
    const row = JSON.stringify(toRow(table, first))
    return `json_populate_record(null::${tableName(table)}, ${values.add(row, 'json')})`
  }
  const rows = JSON.stringify(records.map((record) => toRow(table, record)))
  return `json_populate_recordset(null::${tableName(table)}, ${values.add(rows, 'json')})`
}

/** Keeps the text of each table; commits ask for them all the time. */
function perTable(write: (table: RecordTable) => string): (table: RecordTable) => string {
  const texts = new Map<RecordTable, string>()
  return (table) => {
    const known = texts.get(table)
    if (known !== undefined) return known
    const text = write(table)
    texts.set(table, text)
    return text
  }
}

/**
 * Every column but the key. A project that differs from the stored one is assigned too, so that the table refuses it
 * aloud instead of the row being passed over.
 */
export const assignments = perTable((table) => {
  const columns = table.columns.filter(({ field }) => field !== 'id').map(quoted)
  return `(${columns.join(', ')}) = (${columns.map((column) => `r.${column}`).join(', ')})`
})

/** Adds the rows `r` to the table. */
export const insertion = perTable((table) => {
  const columns = table.columns.map(quoted)
  return `insert into ${tableName(table)} (${columns.join(', ')})
  select ${columns.map((column) => `r.${column}`).join(', ')}`
})
