import { eventSchema, KINDS, RECORDS } from '@mission-control/core/storage'
import { describe, expect, test } from 'vitest'
import {
  type ColumnType,
  EVENT_TABLE,
  LOCK_ORDER,
  RECORD_TABLES,
  type RecordTable,
  snakeCase,
} from './record-tables.ts'

/** What this test needs to know of a zod schema. */
interface SchemaView {
  readonly def: { readonly type: string; readonly innerType?: SchemaView; readonly values?: readonly unknown[] }
}

function columnTypeOf({ def }: SchemaView): ColumnType {
  switch (def.type) {
    case 'nullable':
    case 'default':
      return columnTypeOf(def.innerType as SchemaView)
    case 'null':
    case 'string':
    case 'enum':
      return 'text'
    case 'number':
      return 'int8'
    case 'boolean':
      return 'bool'
    case 'literal':
      return typeof def.values?.[0] === 'number' ? 'int8' : 'text'
    default:
      return 'jsonb'
  }
}

function columnsOfSchema(shape: object): Record<string, ColumnType> {
  return Object.fromEntries(Object.entries(shape).map(([field, schema]) => [field, columnTypeOf(schema as SchemaView)]))
}

function columnsOfTable(table: RecordTable): Record<string, ColumnType> {
  return Object.fromEntries(table.columns.map(({ field, type }) => [field, type]))
}

describe('tables and model', () => {
  test.each(KINDS)('%s has a column for every field, of its type, and no other', (kind) => {
    expect(columnsOfTable(RECORD_TABLES[kind])).toEqual(columnsOfSchema(RECORDS[kind].shape))
  })

  test('so has the log', () => {
    expect(columnsOfTable(EVENT_TABLE)).toEqual(columnsOfSchema(eventSchema.shape))
  })

  test('every kind has its place in the lock order, and its own table', () => {
    expect([...LOCK_ORDER].sort()).toEqual([...KINDS].sort())
    expect(new Set(KINDS.map((kind) => RECORD_TABLES[kind].name)).size).toBe(KINDS.length)
  })

  test('columns are named like fields', () => {
    expect(snakeCase('budgetPerRunMicros')).toBe('budget_per_run_micros')
    expect(snakeCase('at')).toBe('at')
  })
})
