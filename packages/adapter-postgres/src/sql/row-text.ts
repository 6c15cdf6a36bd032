import type { Kind } from '@mission-control/core/storage'
import type { CommitPlan, WrittenRow } from '../commit-plan.ts'
import { type ColumnType, LOCK_ORDER, quoted, RECORD_TABLES, type RecordTable, tableName } from '../record-tables.ts'
import type { Parameters } from '../statement.ts'

/** A part of a commit, with the number of the commit. */
export interface Numbered<T> {
  readonly n: number
  readonly row: T
}

/** The same part of all commits of a batch, one behind the other. */
export function together<T>(plans: readonly CommitPlan[], part: (plan: CommitPlan) => readonly T[]): Numbered<T>[] {
  return plans.flatMap((plan, at) => part(plan).map((row) => ({ n: at + 1, row })))
}

/** Rows by kind, in the order of locks; within a kind by id, so that everybody meets them in one order. */
export function byKind<T extends { readonly kind: Kind; readonly id: string }>(
  rows: readonly Numbered<T>[],
): (readonly [Kind, readonly Numbered<T>[]])[] {
  return LOCK_ORDER.flatMap((kind) => {
    const some = rows.filter(({ row }) => row.kind === kind)
    return some.length === 0 ? [] : [[kind, some.sort((a, b) => (a.row.id < b.row.id ? -1 : 1))] as const]
  })
}

/** A list as one value of the statement. */
export function listOf<T>(
  items: readonly T[],
  pick: (item: T) => string | number | null,
  type: ColumnType | 'int4',
  values: Parameters,
): string {
  return values.add(items.map(pick), `${type}[]`)
}

/**
 * Rows of one kind as a source `r` with the columns of its table, carried in as JSON; `r.ordinality` counts them.
 * The second text gives the number of the commit a row belongs to.
 */
export function rowsFrom(kind: Kind, rows: readonly Numbered<WrittenRow>[], values: Parameters): [string, string] {
  const json = values.add(`[${rows.map(({ row }) => row.json).join(',')}]`, 'json')
  const ns = listOf(rows, ({ n }) => n, 'int4', values)
  return [
    `rows from (json_populate_recordset(null::${tableName(RECORD_TABLES[kind])}, ${json})) with ordinality as r`,
    `(${ns})[r.ordinality]`,
  ]
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
