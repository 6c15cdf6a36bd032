// Makes the workspace installed before a root script runs, with nothing on the machine but Node
// and npm: npm fetches the pinned pnpm, pnpm installs the frozen lockfile. A stamp in node_modules
// says for which lockfile that was done last, so that the second run costs a hash and no more.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stampFile = join(root, 'node_modules', '.bootstrap-stamp')
const nodeMin = /** @type {const} */ ([20, 19])

/** @param {string} line */
function say(line) {
  process.stderr.write(`${line}\n`)
}

/** @param {string} line @returns {never} */
function giveUp(line) {
  say(line)
  process.exit(1)
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < nodeMin[0] || (major === nodeMin[0] && minor < nodeMin[1])) {
    giveUp(`Mission Control needs Node ${nodeMin.join('.')} or newer; this is ${process.versions.node}.`)
  }
}

/** @returns {string} for example `pnpm@10.34.9` */
function pinnedPnpm() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return manifest.packageManager
}

/** Everything that decides what an install would produce. @param {string} pnpm */
function wantedStamp(pnpm) {
  const hash = createHash('sha256')
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) {
    hash.update(readFileSync(join(root, file)))
  }
  hash.update(`${pnpm} ${process.platform} ${process.arch} ${root}`)
  return hash.digest('hex')
}

/**
 * npm hands its own settings and the running script's name down to children; pnpm would take
 * them for its own. A user's real settings live in files and stay in force.
 */
function cleanEnvironment() {
  const kept = Object.entries(process.env).filter(([name]) => {
    const lower = name.toLowerCase()
    if (lower === 'npm_config_cache' || lower === 'npm_config_registry') return true
    return !lower.startsWith('npm_config_') && !lower.startsWith('npm_lifecycle_') && !lower.startsWith('npm_package_')
  })
  return Object.fromEntries(kept)
}

/** @param {string} pnpm */
function install(pnpm) {
  const npm = process.env.npm_execpath
  const args = ['exec', '--yes', `--package=${pnpm}`, '--', 'pnpm', 'install', '--frozen-lockfile']
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const options = { cwd: root, env: cleanEnvironment(), stdio: ['ignore', 2, 2] }
  return npm?.endsWith('npm-cli.js')
    ? spawnSync(process.execPath, [npm, ...args], options)
    : spawnSync('npm', args, { ...options, shell: process.platform === 'win32' })
}

refuseOldNode()
const pnpm = pinnedPnpm()
const stamp = wantedStamp(pnpm)
const installed = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : ''

if (installed !== stamp) {
  say(`Installing the workspace with ${pnpm}; this takes a moment the first time.`)
  const result = install(pnpm)
  if (result.error) giveUp(`npm could not be run: ${result.error.message}`)
  if (result.status !== 0) {
    giveUp(
      'The install failed; the reason stands above. If a package.json was edited, bring the lockfile up to date first:\n' +
        `  npm exec --yes --package=${pnpm} -- pnpm install`,
    )
  }
  writeFileSync(stampFile, stamp)
}
