import { invariant, type Kind } from '@mission-control/core/storage'
import { type Column, RECORD_TABLES, type RecordTable } from './record-tables.ts'

/** The columns that a row is written with: all of its table for a new record, those that changed for an update. */
export interface ColumnSet {
  readonly table: RecordTable
  readonly columns: readonly Column[]
  /** Tells sets of one table apart. */
  readonly key: string
}

/** Sets that are kept; commands change the same few fields again and again. */
const SETS_MAX = 1000
/** Every update finds its row by these or moves them. */
const ALWAYS = ['id', 'version', 'updatedAt']
const known = new Map<string, ColumnSet>()

/** Every column of the table. */
export function wholeRow(table: RecordTable): ColumnSet {
  return kept(`${table.name} *`, () => ({ table, columns: table.columns, key: '*' }))
}

/** The columns of an update that changes these fields. */
export function changedColumns(kind: Kind, changed: readonly string[]): ColumnSet {
  const table = RECORD_TABLES[kind]
  const key = [...new Set(changed)].sort().join(',')
  return kept(`${table.name} ${key}`, () => {
    const fields = new Set([...ALWAYS, ...changed])
    const columns = table.columns.filter(({ field }) => fields.has(field))
    invariant(columns.length === fields.size, `a ${kind} has the fields that changed`)
    return { table, columns, key }
  })
}

function kept(name: string, make: () => ColumnSet): ColumnSet {
  const before = known.get(name)
  if (before !== undefined) return before
  const set = make()
  if (known.size < SETS_MAX) known.set(name, set)
  return set
}
