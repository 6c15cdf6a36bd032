import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { MissionControlError } from '@mission-control/core/storage'
import { orFault } from './faults.ts'
import { SCHEMA } from './record-tables.ts'
import type { SqlClient } from './sql-client.ts'

/** Beside `src` and `dist`, so that it is found from both. */
const FOLDER = new URL('../migrations/', import.meta.url)
const FILE_NAME = /^(\d{4})_([a-z0-9_]+)\.sql$/
/** Marks the text of a migration inside the statement that applies it; no migration may contain it. */
const QUOTE = '$migration_of_mission_control$'

interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

export interface MigrateResult {
  /** Versions applied meanwhile, by this call or by another process; empty when the schema was up to date. */
  readonly applied: readonly number[]
  /** The version of the schema now. */
  readonly version: number
}

/**
 * Brings the schema up to the version of this package. Safe when several processes start at once: one applies, the
 * others wait and find it done. All that is missing is applied in one transaction, or none of it. Throws INTERNAL
 * when the schema is newer than this package, or is not what its migrations made.
 */
export async function migrate(client: SqlClient): Promise<MigrateResult> {
  return orFault('migrate', async () => {
    const migrations = await readMigrations()
    const before = await appliedChecksums(client)
    assertSameHistory(before, migrations)
    const missing = migrations.filter(({ version }) => !before.has(version))
    if (missing.length > 0) {
      await client.query(applicationText(missing))
      assertSameHistory(await appliedChecksums(client), migrations)
    }
    return { applied: missing.map(({ version }) => version), version: migrations.at(-1)?.version ?? 0 }
  })
}

async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.sql')).sort()
  return Promise.all(
    files.map(async (file) => {
      const [, version, name] = FILE_NAME.exec(file) ?? []
      const sql = await readFile(new URL(file, FOLDER), 'utf8')
      if (version === undefined || name === undefined || sql.includes(QUOTE)) {
        throw new MissionControlError('INTERNAL', `${file} is not a migration`)
      }
      return { version: Number(version), name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function appliedChecksums(client: SqlClient): Promise<ReadonlyMap<number, string>> {
  const { rows } = await client.query(`select to_regclass('${SCHEMA}.migrations') is not null as is_there`)
  if (rows[0]?.is_there !== true) return new Map()
  const applied = await client.query(`select version, checksum from ${SCHEMA}.migrations`)
  return new Map(applied.rows.map(({ version, checksum }) => [Number(version), String(checksum)]))
}

function assertSameHistory(applied: ReadonlyMap<number, string>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map((migration) => [migration.version, migration]))
  for (const [version, checksum] of applied) {
    const migration = known.get(version)
    if (migration === undefined) {
      const cause = new Error(
        `migration ${version} was applied, the newest one known here is ${migrations.at(-1)?.version}`,
      )
      throw new MissionControlError('INTERNAL', 'the schema is newer than this version of Mission Control', {
        cause,
        hint: 'Run the version that migrated it, or a newer one.',
      })
    }
    if (migration.checksum !== checksum) {
      const cause = new Error(`migration ${version} (${migration.name}) differs from the one that was applied`)
      throw new MissionControlError('INTERNAL', 'the schema was not made by these migrations', {
        cause,
        hint: 'A released migration is never edited. Restore the file, or the database.',
      })
    }
  }
}

/**
 * One statement, since a client may send the next one over another connection: it waits for other migrators, looks
 * again what is missing and applies it, all in the transaction that a single statement is.
 */
function applicationText(missing: readonly Migration[]): string {
  const steps = missing.map(
    ({ version, name, checksum, sql }) => `
  if not exists (select from ${SCHEMA}.migrations where version = ${version}) then
    execute ${QUOTE}${sql}${QUOTE};
    insert into ${SCHEMA}.migrations (version, name, checksum) values (${version}, '${name}', '${checksum}');
  end if;`,
  )
  return `do $do$
begin
  -- The lock class 7743 is taken by migrations alone.
  perform pg_advisory_xact_lock(7743, 0);
  create schema if not exists ${SCHEMA};
  create table if not exists ${SCHEMA}.migrations (
    version int4 primary key, name text not null, checksum text not null, applied_at timestamptz not null default now()
  );
  ${steps.join('\n')}
end
$do$`
}
