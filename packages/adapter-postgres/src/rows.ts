import { invariant, type JsonValue, MissionControlError } from '@mission-control/core/storage'
import type { ColumnSet } from './column-set.ts'
import type { RecordTable } from './record-tables.ts'
import type { SqlRows } from './sql-client.ts'

/** A row as JSON carries it, by column. */
export type Row = Readonly<Record<string, JsonValue>>

/** A record as the row it will be, as JSON carries it in. */
export function toRow({ columns }: Pick<ColumnSet, 'columns'>, record: object): Row {
  const row: Record<string, JsonValue> = {}
  for (const { field, name } of columns) row[name] = (record as Record<string, JsonValue>)[field] ?? null
  return row
}

/**
 * A row as the record it is. Columns this version does not know are left out, so that an older host can read what a
 * newer one added to.
 */
export function fromRow<T>(table: RecordTable, row: Row): T {
  const record: Record<string, JsonValue> = {}
  for (const { field, name, type } of table.columns) {
    const value = row[name] ?? null
    record[field] = type === 'int8' && value !== null ? exactInteger(value, name) : value
  }
  return record as T
}

/**
 * The one place where an int8 becomes a number. `pg` gives a text and JSON a number that may have been rounded; what
 * is not exact is refused, because a sum of money that is nearly right is wrong.
 */
export function exactInteger(value: unknown, what: string): number {
  const number = typeof value === 'string' ? Number(value) : value
  invariant(Number.isSafeInteger(number), `${what} is a whole number that JavaScript can hold exactly`)
  return number as number
}

/** Reads the one JSON document that a statement answers in a column `doc`. */
export function readDocument<T>({ rows }: SqlRows): T {
  const doc = rows[0]?.doc
  if (typeof doc !== 'string') throw new MissionControlError('INTERNAL', 'the database gave no document')
  return JSON.parse(doc) as T
}

/** Another copy of what was read. Callers who share a statement must not share what they were given. */
export function copyOf<T extends JsonValue>(value: T): T
export function copyOf(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((item: JsonValue) => copyOf(item))
  // Defines its properties, so that one called __proto__ stays a property.
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)]))
}
