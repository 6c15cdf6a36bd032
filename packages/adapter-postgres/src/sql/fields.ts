import { type FilterValue, invariant } from '@mission-control/core/storage'
import { type ColumnType, quoted, type RecordTable } from '../record-tables.ts'
import type { Parameters } from '../statement.ts'

/** A field as an expression over the table alias `t`. */
export interface Field {
  readonly text: string
  /** `jsonb` also for what stands inside an object: it has no type of its own. */
  readonly type: ColumnType
}

const NAME = /^[A-Za-z][A-Za-z0-9]*$/

/** Finds a field: a column, or a place inside a jsonb column, as in `claim.agentId`. */
export function fieldOf(table: RecordTable, name: string): Field {
  const [first = '', ...path] = name.split('.')
  const column = table.columnOf.get(first)
  invariant(column !== undefined, `${table.name} have a field ${first}`)
  if (path.length === 0) return { text: `t.${quoted(column)}`, type: column.type }
  invariant(column.type === 'jsonb' && path.every((step) => NAME.test(step)), `${name} leads into an object`)
  return { text: `(t.${quoted(column)}${path.map((step) => ` -> '${step}'`).join('')})`, type: 'jsonb' }
}

/** Whether nothing stands there: no value, JSON's null, or no such place. */
export function isNullText({ text, type }: Field): string {
  return type === 'jsonb' ? `coalesce(${text}, 'null') = 'null'` : `${text} is null`
}

/** Whether exactly this value stands there; the text "1" and the number 1 are two values. */
export function equalText(field: Field, value: FilterValue, values: Parameters): string {
  return value === null ? isNullText(field) : `${field.text} = ${valueText(field, value, values)}`
}

/** The value as what the field is compared with. */
export function valueText({ type }: Field, value: FilterValue, values: Parameters): string {
  return type === 'jsonb' ? `to_jsonb(${values.add(value, typeOfValue(value))})` : values.add(value, type)
}

/** Whether the field is before or behind the value. Only values of the same sort have an order. */
export function orderText(field: Field, operator: string, value: FilterValue, values: Parameters): string {
  const { text, type } = field
  if (type !== 'jsonb') return `${text} ${operator} ${values.add(value, type)}`
  if (typeof value === 'string') {
    return `(jsonb_typeof(${text}) = 'string' and (${text} #>> '{}') collate "C" ${operator} ${values.add(value, 'text')})`
  }
  const sort = typeof value === 'number' ? 'number' : 'boolean'
  return `(jsonb_typeof(${text}) = '${sort}' and ${text} ${operator} ${valueText(field, value, values)})`
}

/** Whether the field is a list that holds the value. */
export function containsText(field: Field, value: FilterValue, values: Parameters): string {
  return holdsText(field, values.add(value, typeOfValue(value)))
}

/** The same of a value that is a text already. That the list is not empty follows, but indexes are found by saying it. */
export function holdsText({ text }: Field, value: string): string {
  return `(${text} @> jsonb_build_array(${value}) and ${text} <> '[]')`
}

/** The type of a value that is compared with what stands inside an object. */
export function typeOfValue(value: FilterValue): ColumnType {
  if (typeof value === 'number') return 'int8'
  return typeof value === 'boolean' ? 'bool' : 'text'
}
