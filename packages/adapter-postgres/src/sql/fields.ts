import { type FilterValue, invariant } from '@mission-control/core/storage'
import { type ColumnType, quoted, type RecordTable } from '../record-tables.ts'

export interface FieldText {
  /** The field as an expression over the table alias `t`. */
  readonly text: string
  readonly type: ColumnType
}

const NAME = /^[A-Za-z][A-Za-z0-9]*$/

/**
 * A field as SQL: a column, or a place inside a jsonb column. What stands inside has no type of its own, so it is
 * read as the type of the value it is compared with.
 */
export function fieldText(table: RecordTable, field: string, comparedWith: FilterValue): FieldText {
  const [first = '', ...path] = field.split('.')
  const column = table.columnOf.get(first)
  invariant(column !== undefined, `${table.name} has a field ${first}`)
  if (path.length === 0) return { text: `t.${quoted(column)}`, type: column.type }
  invariant(column.type === 'jsonb' && path.every((name) => NAME.test(name)), `${field} leads into an object`)
  const steps = path.map((name, at) => `${at === path.length - 1 ? '->>' : '->'} '${name}'`)
  const text = `(t.${quoted(column)} ${steps.join(' ')})`
  const type = typeOf(comparedWith)
  return { text: type === 'text' ? text : `${text}::${type}`, type }
}

/** The type of column that holds such a value. */
export function typeOf(value: FilterValue): ColumnType {
  if (typeof value === 'number') return 'int8'
  return typeof value === 'boolean' ? 'bool' : 'text'
}
