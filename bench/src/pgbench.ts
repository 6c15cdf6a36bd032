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

const run = promisify(execFile)

/** Postgres at its own game: a claim by its own load generator, without a client library or rules in between. */
export interface PgbenchPeer {
  prepare(jobs: number): Promise<void>
  claim(seconds: number, cpu: Cpu): Promise<Sample>
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
  const script = join(workDir, 'claim.sql')
  writeFileSync(script, CLAIM.replaceAll('\n', ' '))
  await query(url, SCHEMA)
  return {
    prepare: async (jobs) => {
      await query(url, 'truncate job, job_log')
      await query(url, SEED, [jobs])
      await query(url, 'vacuum (analyze) job')
    },
    claim: async (seconds, cpu) => {
      const cpuBefore = cpu()
      const { elapsedSeconds, latenciesMs } = await runPgbench(program, url, { script, workDir, seconds })
      const cpuAfter = cpu()
      const cpuMicros = cpuBefore === null || cpuAfter === null ? null : cpuAfter - cpuBefore
      return sampleOf({ elapsedSeconds, operations: latenciesMs.length, latenciesMs, cpuMicros })
    },
    close: () => rmSync(workDir, { recursive: true, force: true }),
  }
}

async function runPgbench(program: string, url: string, given: { script: string; workDir: string; seconds: number }) {
  const { hostname, port, username, password, pathname } = new URL(url)
  // It measures whole seconds only.
  const seconds = Math.max(1, Math.round(given.seconds))
  const args = ['-n', '-M', 'prepared', '-c', '1', '-T', String(seconds), '-f', given.script, '-l']
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
