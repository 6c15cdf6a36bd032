import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { makeWorkDir, type PostgresBinaries, preparePostgres, runAs, serverAccount } from './postgres-binaries.ts'
import { createDatabase, dropDatabase } from './postgres-database.ts'

export interface PostgresOptions {
  /** Write through to the disk as in production, for measurements. Tests leave it off and win seconds. */
  readonly durable?: boolean
}

/** A real Postgres server. */
export interface PostgresServer {
  /** Address of the maintenance database; ask `database` for one to work in. */
  readonly url: string
  readonly host: string
  readonly port: number
  readonly user: string
  /** Where its programs are; null for a server that TEST_DATABASE_URL names. */
  readonly binDir: string | null
  /** Makes an empty database, replacing an older one of that name, and gives its address. */
  database(name: string): Promise<string>
  /** Ends the server the hard way, as a crash would. Committed work must be there after `restart`. */
  kill(): Promise<void>
  /** Starts the server again on the same records and the same port, after `kill`. */
  restart(): Promise<void>
  /** Ends the server and removes what it kept. Safe to call twice. */
  stop(): Promise<void>
}

/**
 * Starts a server of its own on a free port, or takes the one of TEST_DATABASE_URL. It is gone
 * when this program is, however that ends.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const given = process.env.TEST_DATABASE_URL
  return given ? givenServer(given) : ownServer(options.durable ?? false)
}

function givenServer(url: string): PostgresServer {
  const { hostname, port, username } = new URL(url)
  const made = new Set<string>()
  const notOurs = async () => {
    throw new Error('The server of TEST_DATABASE_URL was not started here and is not ended here.')
  }
  return {
    url,
    host: hostname,
    port: port === '' ? 5432 : Number(port),
    user: decodeURIComponent(username),
    binDir: null,
    database: async (name) => {
      made.add(name)
      return createDatabase(url, name)
    },
    kill: notOurs,
    restart: notOurs,
    stop: async () => {
      for (const name of made) await dropDatabase(url, name)
      made.clear()
    },
  }
}

interface Cluster {
  readonly binaries: PostgresBinaries
  readonly workDir: string
  readonly dir: string
  readonly logFile: string
  readonly password: string
  readonly durable: boolean
}

async function ownServer(durable: boolean): Promise<PostgresServer> {
  const cluster = makeCluster(durable)
  try {
    const first = await launchOnFreePort(cluster)
    return serverOf(cluster, first)
  } catch (error) {
    rmSync(cluster.workDir, { recursive: true, force: true })
    throw error
  }
}

function serverOf(cluster: Cluster, first: Launched): PostgresServer {
  const { port, url } = first
  let running: Launched | null = first
  const end = async (signal: 'SIGKILL' | 'SIGQUIT') => {
    const ending = running
    running = null
    if (ending !== null) await ending.end(signal)
  }
  return {
    url,
    host: '127.0.0.1',
    port,
    user: 'postgres',
    binDir: cluster.binaries.binDir,
    database: (name) => createDatabase(url, name),
    kill: () => end('SIGKILL'),
    restart: async () => {
      if (running !== null) throw new Error('The server runs already.')
      running = await relaunch(cluster, port)
    },
    stop: async () => {
      // Nothing is kept, so nothing needs to be written back first.
      await end('SIGQUIT')
      rmSync(cluster.workDir, { recursive: true, force: true })
    },
  }
}

function makeCluster(durable: boolean): Cluster {
  const account = serverAccount()
  const workDir = makeWorkDir(account)
  try {
    const binaries = preparePostgres(workDir, account)
    const dir = join(workDir, 'cluster')
    const password = randomBytes(16).toString('hex')
    const passwordFile = join(workDir, 'password')
    mkdirSync(dir, { mode: 0o700 })
    writeFileSync(passwordFile, password, { mode: 0o600 })
    if (account !== null) {
      chownSync(dir, account.uid, account.gid)
      chownSync(passwordFile, account.uid, account.gid)
    }
    const flags = ['-D', dir, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile]
    flags.push('-E', 'UTF8', '--locale=C', '--no-sync')
    const made = spawnSync(join(binaries.binDir, 'initdb'), flags, { ...runAs(account), encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr || made.error?.message || made.status}`)
    rmSync(passwordFile)
    return { binaries, workDir, dir, logFile: join(workDir, 'server.log'), password, durable }
  } catch (error) {
    rmSync(workDir, { recursive: true, force: true })
    throw error
  }
}

interface Launched {
  readonly port: number
  readonly url: string
  end(signal: 'SIGKILL' | 'SIGQUIT'): Promise<void>
}

/** Between finding a free port and taking it somebody else may be faster, so this looks again. */
async function launchOnFreePort(cluster: Cluster): Promise<Launched> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await launch(cluster, await freePort())
    } catch (error) {
      if (attempt === 3) throw error
    }
  }
}

/** After a crash the old server's children need a moment to notice; until then a new one refuses. */
async function relaunch(cluster: Cluster, port: number): Promise<Launched> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await launch(cluster, port)
    } catch (error) {
      if (attempt === 20) throw error
      await sleep(250)
    }
  }
}

async function launch(cluster: Cluster, port: number): Promise<Launched> {
  const log = openSync(cluster.logFile, 'a')
  const server = spawn(join(cluster.binaries.binDir, 'postgres'), serverFlags(cluster, port), {
    ...runAs(cluster.binaries.account),
    stdio: ['ignore', log, log],
    // Ctrl-C in the terminal is for the test runner, which then ends the server in order.
    detached: true,
  })
  closeSync(log)
  const exited = once(server, 'exit')
  const guard = guardServer(server, cluster.workDir)
  const end = async (signal: 'SIGKILL' | 'SIGQUIT') => {
    guard.dismiss()
    server.ref()
    if (server.exitCode === null && server.signalCode === null) server.kill(signal)
    await exited
  }
  const url = `postgresql://postgres:${cluster.password}@127.0.0.1:${port}/postgres`
  try {
    await ready(server, url, cluster.logFile)
  } catch (error) {
    await end('SIGQUIT')
    throw error
  }
  server.unref()
  return { port, url, end }
}

function serverFlags(cluster: Cluster, port: number): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '300',
    timezone: 'UTC',
    ...(cluster.durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  }
  return ['-D', cluster.dir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/**
 * A tiny shell waits at the other end of a pipe. When this program ends without saying `done`,
 * even by kill -9, the pipe breaks and the shell takes the server and its folder down.
 */
function guardServer(server: ChildProcess, workDir: string): { dismiss(): void } {
  if (process.platform === 'win32' || server.pid === undefined) return { dismiss: () => undefined }
  const script =
    'read -r word; [ "$word" = done ] && exit; kill -QUIT "$1"; n=0; ' +
    'while kill -0 "$1" && [ $n -lt 50 ]; do n=$((n+1)); sleep 0.1; done; rm -rf -- "$2"'
  const shell = spawn('/bin/sh', ['-c', script, 'sh', String(server.pid), workDir], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  shell.unref()
  const { stdin } = shell
  ;(stdin as typeof stdin & { unref?: () => void }).unref?.()
  return { dismiss: () => void stdin.end('done\n') }
}

async function ready(server: ChildProcess, url: string, logFile: string): Promise<void> {
  const deadline = Date.now() + 60_000
  let last: unknown = new Error('it did not answer')
  server.on('error', (error) => {
    last = error
  })
  while (Date.now() < deadline) {
    if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) break
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      last = error
      await sleep(30)
    }
  }
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-8).join('\n')
  throw new Error(`Postgres did not start: ${String(last)}\n${lines}`, { cause: last })
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.')
  return address.port
}
