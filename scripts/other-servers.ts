// The conformance suite on servers that a machine may have or not: `npm run test:pgbouncer`, `npm run test:postgres15`.
// Where one is missing and cannot be installed, one line says so and nothing fails.
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { makeWorkDir, runAs, serverAccount } from '../test-support/postgres-binaries.ts'
import { startPostgres } from '../test-support/postgres-server.ts'
import { root } from './steps.ts'

const POSTGRES_15 = '/usr/lib/postgresql/15/bin'
const PLACES = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer']
const CONFORMANCE = 'packages/adapter-postgres/test/conformance.postgres.test.ts'
const SAY_HOW = 'apt-get install -y'

function test(files: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(join(root, 'node_modules/.bin/vitest'), ['run', '--project', 'postgres', ...files], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)))
}

function findPgbouncer(): string | null {
  const found = () => PLACES.find((place) => existsSync(place)) ?? null
  if (found() !== null) return found()
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return null
  spawnSync('apt-get', ['install', '-y', 'pgbouncer'], { stdio: 'ignore', timeout: 120_000 })
  return found()
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}

/** Transaction mode, few connections to the server, and no prepared statements by name: old versions mix them up. */
async function onPgbouncer(): Promise<number> {
  const program = findPgbouncer()
  if (program === null) {
    console.log(`PgBouncer is not on this machine: its conformance did not run (${SAY_HOW} pgbouncer).`)
    return 0
  }
  const account = serverAccount()
  const workDir = makeWorkDir(account)
  const server = await startPostgres()
  const port = await freePort()
  const password = decodeURIComponent(new URL(server.url).password)
  const configuration = join(workDir, 'pgbouncer.ini')
  const log = join(workDir, 'pgbouncer.log')
  writeFileSync(
    configuration,
    `[databases]
* = host=${server.host} port=${server.port} user=${server.user} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 8
max_client_conn = 400
ignore_startup_parameters = extra_float_digits
logfile = ${log}
`,
    { mode: 0o600 },
  )
  if (account !== null) {
    chownSync(configuration, account.uid, account.gid)
    chownSync(workDir, account.uid, account.gid)
  }
  const bouncer = spawn(program, [configuration], { ...runAs(account), stdio: 'ignore' })
  const ended = new Promise((resolve) => bouncer.on('exit', resolve))
  try {
    await sleep(500)
    if (bouncer.exitCode !== null)
      throw new Error(`PgBouncer ended at once: ${existsSync(log) ? readFileSync(log) : ''}`)
    const version = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.split('\n')[0]
    console.log(`Conformance through ${version}, transaction mode:`)
    const url = `postgresql://${server.user}@127.0.0.1:${port}/postgres`
    return await test([CONFORMANCE], { TEST_DATABASE_URL: url, MC_TEST_PREPARE: 'off' })
  } finally {
    bouncer.kill('SIGINT')
    await Promise.race([ended, sleep(3_000)])
    if (bouncer.exitCode === null && bouncer.signalCode === null) bouncer.kill('SIGKILL')
    await server.stop()
    rmSync(workDir, { recursive: true, force: true })
  }
}

async function onPostgres15(): Promise<number> {
  if (!existsSync(join(POSTGRES_15, 'postgres'))) {
    console.log(`PostgreSQL 15 is not on this machine: its conformance did not run (${SAY_HOW} postgresql-15).`)
    return 0
  }
  console.log(`Conformance and races on ${POSTGRES_15}:`)
  return test([CONFORMANCE, 'packages/adapter-postgres/test/races.postgres.test.ts'], { PG_BIN: POSTGRES_15 })
}

const which = process.argv[2]
process.exitCode = which === 'pgbouncer' ? await onPgbouncer() : await onPostgres15()
