import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { MissionControlError } from '@mission-control/core/storage'
import { faultOf, sqlErrorOf } from './faults.ts'
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
  /** Versions applied by this call; empty when the schema was up to date. */
  readonly applied: readonly number[]
  /** The version of the schema now. */
  readonly version: number
}

/**
 * Brings the schema up to the version of this package. Safe when several processes start at once: one applies, the
 * others wait and find nothing to do. All that is missing is applied in one transaction, or none of it. Throws
 * INTERNAL when the schema is newer than this package, or is not what its migrations made.
 */
export async function migrate(client: SqlClient): Promise<MigrateResult> {
  const migrations = await readMigrations()
  const newest = migrations.at(-1)?.version ?? 0
  try {
    const before = await appliedVersions(client)
    await client.query(migrationText(migrations))
    const after = await appliedVersions(client)
    return { applied: after.filter((version) => !before.includes(version)), version: newest }
  } catch (thrown) {
    const error = sqlErrorOf(thrown)
    if (error?.code === 'MC010') {
      throw new MissionControlError('INTERNAL', `the schema is newer than this version of Mission Control: ${error.message}`, {
        cause: thrown,
        hint: `Run the version that wrote it, or a newer one. This one knows the schema up to ${newest}.`,
      })
    }
    if (error?.code === 'MC011') {
      throw new MissionControlError('INTERNAL', `the schema was not made by these migrations: ${error.message}`, {
        cause: thrown,
        hint: 'A released migration is never edited. Restore the file, or the database.',
      })
    }
    throw faultOf(thrown, 'migrate')
  }
}

async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (file) => {
      const [, version, name] = FILE_NAME.exec(file) ?? []
      const sql = await readFile(new URL(file, FOLDER), 'utf8')
      if (version === undefined || name === undefined || sql.includes(QUOTE)) {
        throw new MissionControlError('INTERNAL', `${file} is not a migration`)
      }
      return { version: Number(version), name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function appliedVersions(client: SqlClient): Promise<number[]> {
  const { rows } = await client.query(`select to_regclass('${SCHEMA}.migrations') is not null as is_there`)
  if (rows[0]?.is_there !== true) return []
  const found = await client.query(`select version from ${SCHEMA}.migrations order by version`)
  return found.rows.map(({ version }) => Number(version))
}

/**
 * One statement, since a client may send the next one over another connection: it waits for other migrators, looks
 * what is missing and applies it, all in the transaction that a single statement is.
 */
function migrationText(migrations: readonly Migration[]): string {
  const steps = migrations.map(
    ({ version, name, checksum, sql }) => `
  select checksum into known from ${SCHEMA}.migrations where version = ${version};
  if known is null then
    execute ${QUOTE}${sql}${QUOTE};
    insert into ${SCHEMA}.migrations (version, name, checksum) values (${version}, '${name}', '${checksum}');
  elsif known <> '${checksum}' then
    raise exception 'migration ${version} (${name}) differs from the one that was applied' using errcode = 'MC011';
  end if;`,
  )
  return `do $do$
declare
  known text;
  newest int4;
begin
  -- The lock class 7743 is taken by migrations alone.
  perform pg_advisory_xact_lock(7743, 0);
  create schema if not exists ${SCHEMA};
  create table if not exists ${SCHEMA}.migrations (
    version int4 primary key, name text not null, checksum text not null, applied_at timestamptz not null default now()
  );
  select max(version) into newest from ${SCHEMA}.migrations;
  if newest > ${migrations.at(-1)?.version ?? 0} then
    raise exception 'it is at version %', newest using errcode = 'MC010';
  end if;
  ${steps.join('\n')}
end
$do$`
}
