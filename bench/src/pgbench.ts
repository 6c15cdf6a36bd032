import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import type { Cpu } from './cpu.ts'
import type { Sample } from './row.ts'
import { sampleOf } from './statistics.ts'

const SCHEMA = `
create table job (
  id bigint generated always as identity primary key, priority int4 not null, state text not null default 'open',
  holder int4, lease_until timestamptz, version int4 not null default 1, content jsonb not null
) with (fillfactor = 70);
create index job_open on job (priority, id) where state = 'open';
create table budget (id int4 primary key, spent int8 not null, reserved int8 not null, cap int8 not null);
insert into budget values (1, 0, 0, 1000000000000);
create table job_log (
  id bigint generated always as identity primary key, job_id bigint not null, kind text not null,
  at timestamptz not null default now()
);`

const SEED = `insert into job (priority, content)
select n % 4, '{"kind": "docs", "title": "Write the guide"}' from generate_series(1, $1::int4) n`

/** The least a durable claim can be: one statement that takes the next job, holds it for a while and logs that. */
const CLAIM = `with taken as (
  update job set state = 'held', holder = :client_id, version = version + 1, lease_until = now() + interval '10 min'
  where id = (select id from job where state = 'open' order by priority, id for update skip locked limit 1)
  returning id, content, version
), logged as (insert into job_log (job_id, kind) select id, 'claimed' from taken)
select * from taken;`

/** The least that holding money can be: one row that everybody wants, never over its cap. */
const HOT_ROW = 'update budget set reserved = reserved + 1 where id = 1 and spent + reserved + 1 <= cap;'

const run = promisify(execFile)

/** Postgres at its own game: a claim by its own load generator, without a client library or rules in between. */
export interface PgbenchPeer {
  prepare(jobs: number): Promise<void>
  claim(seconds: number, cpu: Cpu): Promise<Sample>
  /** As many clients as told, all on one row. */
  holdOnOneRow(seconds: number, clients: number, cpu: Cpu): Promise<Sample>
  close(): void
}

export function findPgbench(binDir: string | null): string | null {
  const parent = '/usr/lib/postgresql'
  const versions = existsSync(parent) ? readdirSync(parent).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [
    ...(binDir === null ? [] : [binDir]),
    ...versions.map((version) => join(parent, version, 'bin')),
    '/usr/bin',
  ]
  return folders.map((folder) => join(folder, 'pgbench')).find((file) => existsSync(file)) ?? null
}

export async function openPgbench(program: string, url: string): Promise<PgbenchPeer> {
  const workDir = mkdtempSync(join(tmpdir(), 'mission-control-bench-'))
  const scriptOf = (name: string, text: string) => {
    const file = join(workDir, `${name}.sql`)
    writeFileSync(file, text.replaceAll('\n', ' '))
    return file
  }
  const [claim, hotRow] = [scriptOf('claim', CLAIM), scriptOf('hot-row', HOT_ROW)]
  await query(url, SCHEMA)
  const measured = async (script: string, clients: number, seconds: number, cpu: Cpu) => {
    const cpuBefore = cpu()
    const { elapsedSeconds, latenciesMs } = await runPgbench(program, url, { script, workDir, clients, seconds })
    const cpuAfter = cpu()
    const cpuMicros = cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore
    return sampleOf({ elapsedSeconds, operations: latenciesMs.length, latenciesMs, cpuMicros })
  }
  return {
    prepare: async (jobs) => {
      await query(url, 'truncate job, job_log')
      await query(url, SEED, [jobs])
      await query(url, 'vacuum (analyze) job')
    },
    claim: (seconds, cpu) => measured(claim, 1, seconds, cpu),
    holdOnOneRow: (seconds, clients, cpu) => measured(hotRow, clients, seconds, cpu),
    close: () => rmSync(workDir, { recursive: true, force: true }),
  }
}

interface Load {
  readonly script: string
  readonly workDir: string
  readonly clients: number
  readonly seconds: number
}

async function runPgbench(program: string, url: string, given: Load) {
  const { hostname, port, username, password, pathname } = new URL(url)
  // It measures whole seconds only.
  const seconds = Math.max(1, Math.round(given.seconds))
  const args = ['-n', '-M', 'prepared', '-c', String(given.clients), '-T', String(seconds), '-f', given.script, '-l']
  args.push('--log-prefix', join(given.workDir, 'times'), '-h', hostname, '-p', port, '-U', username, pathname.slice(1))
  await run(program, args, { env: { ...process.env, PGPASSWORD: decodeURIComponent(password) } })
  const latenciesMs: number[] = []
  for (const file of readdirSync(given.workDir).filter((name) => name.startsWith('times'))) {
    const path = join(given.workDir, file)
    // One line per transaction; its third word is the time it took in µs.
    for (const line of readFileSync(path, 'utf8').trimEnd().split('\n'))
      latenciesMs.push(Number(line.split(' ')[2]) / 1000)
    rmSync(path)
  }
  return { elapsedSeconds: seconds, latenciesMs }
}

async function query(url: string, text: string, values?: unknown[]): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text, values)
  } finally {
    await client.end()
  }
}
