import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', 'peers')
const INSTALL_MS_MAX = 180_000

/** The peers, ready to run under the Node that came with them. */
export interface InstalledPeers {
  readonly node: string
  /** As `process.version` has it. */
  readonly nodeVersion: string
  readonly pgBossScript: string
  readonly pgBossVersion: string
  /** Policy engines, under the Node that runs all of this. */
  readonly policyScript: string
  readonly caslVersion: string
  readonly casbinVersion: string
  /** A state machine, under the Node that runs all of this. */
  readonly stateMachineScript: string
  readonly xstateVersion: string
}

/**
 * Makes the peers installed, the first time with npm. They live outside the workspace, whose Node is too old for
 * them. Gives the reason when that fails, as it does without a network.
 */
export function installPeers(progress: (line: string) => void): InstalledPeers | string {
  const wanted = manifest(FOLDER).dependencies
  if (!isInstalled(wanted)) {
    progress('installing the peers; this takes a moment the first time')
    const problem = install()
    if (problem !== null) return problem
    if (!isInstalled(wanted)) return 'npm installed other versions of the peers than asked for'
  }
  const node = join(FOLDER, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  const answer = spawnSync(node, ['--version'], { encoding: 'utf8' })
  if (answer.status !== 0) return 'the Node of the peers does not run here'
  return {
    node,
    nodeVersion: answer.stdout.trim(),
    pgBossScript: join(FOLDER, 'pg-boss.mjs'),
    pgBossVersion: wanted['pg-boss'] ?? '',
    policyScript: join(FOLDER, 'policy-engines.mjs'),
    caslVersion: wanted['@casl/ability'] ?? '',
    casbinVersion: wanted.casbin ?? '',
    stateMachineScript: join(FOLDER, 'state-machine.mjs'),
    xstateVersion: wanted.xstate ?? '',
  }
}

function install(): string | null {
  const npm = process.env.npm_execpath
  const args = ['install', '--no-audit', '--no-fund', '--no-package-lock']
  const options = { cwd: FOLDER, env: cleanEnvironment(), encoding: 'utf8', timeout: INSTALL_MS_MAX } as const
  const result = npm?.endsWith('npm-cli.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
  if (result.status === 0) return null
  const why = result.error?.message ?? result.stderr.trim().split('\n')[0] ?? ''
  return `the peers could not be installed: ${why}`
}

/** npm hands down its own settings, among them the folder it runs in; the npm below would install into that one. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => {
    const lower = name.toLowerCase()
    return !lower.startsWith('npm_') || lower === 'npm_config_cache' || lower === 'npm_config_registry'
  })
  return Object.fromEntries(kept)
}

function isInstalled(wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, version]) => {
    const folder = join(FOLDER, 'node_modules', name)
    return existsSync(join(folder, 'package.json')) && manifest(folder).version === version
  })
}

function manifest(folder: string): { version: string; dependencies: Record<string, string> } {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}
