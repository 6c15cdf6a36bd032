import { invariant, type Kind } from '@mission-control/core/storage'
import type { ColumnSet } from '../column-set.ts'
import type { CommitPlan, WrittenRow } from '../commit-plan.ts'
import { type ColumnType, LOCK_ORDER, quoted, tableName } from '../record-tables.ts'
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
 * Rows of one kind as a source `r` with the columns they are written with, carried in as JSON; `r.ordinality` counts
 * them. The second text gives the number of the commit a row belongs to.
 */
export function rowsFrom(rows: readonly Numbered<WrittenRow>[], values: Parameters): [string, string] {
  const set = columnSetOf(rows)
  const ns = listOf(rows, ({ n }) => n, 'int4', values)
  const json = values.add(`[${rows.map(({ row }) => row.json).join(',')}]`, 'json')
  return [sourceOf(set, json), `(${ns})[r.ordinality]`]
}

/** The columns that these rows are written with. */
export function columnSetOf(rows: readonly Numbered<WrittenRow>[]): ColumnSet {
  const set = rows[0]?.row.columns
  invariant(set !== undefined && rows.every(({ row }) => row.columns.key === set.key), 'rows of one part are alike')
  return set
}

/** A JSON list of rows as a source `r`. */
export function sourceOf(set: ColumnSet, json: string): string {
  return `rows from (json_to_recordset(${json}) as (${definitions(set)})) with ordinality as r`
}

/** Keeps the text of each set of columns; commits ask for them all the time. */
function perSet(write: (set: ColumnSet) => string): (set: ColumnSet) => string {
  const texts = new WeakMap<ColumnSet, string>()
  return (set) => {
    const known = texts.get(set)
    if (known !== undefined) return known
    const text = write(set)
    texts.set(set, text)
    return text
  }
}

const definitions = perSet(({ columns }) => columns.map((column) => `${quoted(column)} ${column.type}`).join(', '))

/**
 * Every column but the key. A project that differs from the stored one is assigned too, so that the table refuses it
 * aloud instead of the row being passed over.
 */
export const assignments = perSet((set) => {
  const columns = set.columns.filter(({ field }) => field !== 'id').map(quoted)
  return `(${columns.join(', ')}) = (${columns.map((column) => `r.${column}`).join(', ')})`
})

/** Adds the rows `r` to the table. */
export const insertion = perSet(({ table, columns }) => {
  const names = columns.map(quoted)
  return `insert into ${tableName(table)} (${names.join(', ')})
  select ${names.map((name) => `r.${name}`).join(', ')}`
})
