import { PGlite } from '@electric-sql/pglite'
import { eventSchema, KINDS, RECORDS } from '@mission-control/core/storage'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fromPglite, migrate, type SqlClient } from '../src/index.ts'
import { EVENT_TABLE, RECORD_TABLES, type RecordTable } from '../src/record-tables.ts'

let client: SqlClient
beforeAll(() => {
  client = fromPglite(new PGlite())
})
afterAll(() => client.close?.())

describe('migrate', () => {
  test('brings an empty database up to date, once', async () => {
    const first = await migrate(client)
    expect(first.applied.length).toBeGreaterThan(0)
    expect(first.applied.at(-1)).toBe(first.version)
    expect(await migrate(client)).toEqual({ applied: [], version: first.version })
  })

  test('refuses a schema that is newer than the code, and leaves it alone', async () => {
    await client.query(`insert into mission_control.migrations (version, name, checksum) values (9000, 'future', 'x')`)
    const refused = migrate(client)
    await expect(refused).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('newer'),
      hint: expect.stringContaining('newer'),
      cause: expect.anything(),
    })
    await client.query('delete from mission_control.migrations where version = 9000')
    expect((await migrate(client)).applied).toEqual([])
  })

  test('refuses a schema that other migrations made', async () => {
    const { rows } = await client.query('select checksum from mission_control.migrations where version = 1')
    await client.query(`update mission_control.migrations set checksum = 'edited' where version = 1`)
    await expect(migrate(client)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('not made by these migrations'),
    })
    await client.query('update mission_control.migrations set checksum = $1 where version = 1', [rows[0]?.checksum])
    expect((await migrate(client)).applied).toEqual([])
  })

  test('applies all or nothing', async () => {
    const database = fromPglite(new PGlite())
    // In the way of a table in the middle of the first migration.
    await database.query('create schema mission_control')
    await database.query('create table mission_control.tasks (mine int)')
    await expect(migrate(database)).rejects.toMatchObject({ code: 'INTERNAL' })
    const { rows } = await database.query(
      `select table_name from information_schema.tables where table_schema = 'mission_control'`,
    )
    expect(rows).toEqual([{ table_name: 'tasks' }])
    await database.close?.()
  })
})

describe('the schema', () => {
  interface ColumnRow {
    readonly table_name: string
    readonly column_name: string
    readonly udt_name: string
    readonly is_nullable: string
    readonly collation_name: string | null
  }
  let columns: readonly ColumnRow[]
  beforeAll(async () => {
    const { rows } = await client.query(`select table_name, column_name, udt_name, is_nullable, collation_name
      from information_schema.columns where table_schema = 'mission_control' and table_name <> 'migrations'`)
    columns = rows as unknown as ColumnRow[]
  })

  function nullableFields(shape: object): string[] {
    return Object.entries(shape as Record<string, { safeParse(value: unknown): { success: boolean } }>)
      .filter(([, schema]) => schema.safeParse(null).success)
      .map(([field]) => field)
  }

  const tables: readonly [string, RecordTable, object, readonly string[]][] = [
    ...KINDS.map((kind) => {
      const extra = kind === 'transition' ? ['tx'] : []
      return [kind, RECORD_TABLES[kind], RECORDS[kind].shape, extra] as const
    }),
    ['event', EVENT_TABLE, eventSchema.shape, ['xid', 'seq']],
  ].map((entry) => entry as [string, RecordTable, object, readonly string[]])

  test.each(tables)(
    'has the columns of %s, with their types, and null where the model has it',
    (_, table, shape, extra) => {
      const found = columns.filter(({ table_name }) => table_name === table.name)
      const expected = table.columns.map(({ name, type }) => [name, type])
      const own = found.filter(({ column_name }) => !extra.includes(column_name))
      expect(own.map(({ column_name, udt_name }) => [column_name, udt_name]).sort()).toEqual(expected.sort())
      const nullable = own.filter(({ is_nullable }) => is_nullable === 'YES').map(({ column_name }) => column_name)
      const fields = nullableFields(shape)
      const names = table.columns.filter(({ field }) => fields.includes(field)).map(({ name }) => name)
      expect(nullable.sort()).toEqual(names.sort())
    },
  )

  test('compares every text byte by byte', () => {
    const others = columns.filter(({ udt_name, collation_name }) => udt_name === 'text' && collation_name !== 'C')
    expect(others).toEqual([])
  })
})
