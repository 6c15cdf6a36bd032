import { COMMAND_CATALOG, type CommandProfile } from '@mission-control/core/policy'

// A ref-v1 file lists commands in prose. Each entry is known by its whole text, because its limits are part of it.

/** Sub-commands and profiles that one entry lists. */
type Commands = Readonly<Record<string, CommandProfile>>

/** The profile of the engine for one command. */
function known(name: string): Commands {
  const profile = COMMAND_CATALOG.commands[name]
  return profile === undefined ? {} : { [name]: profile }
}

/** Entries of `inspect` and `search` that say more than a name, with the command whose profile keeps to it. */
const LIMITED: Readonly<Record<string, string>> = {
  'date (no -s/-f)': 'date',
  'uniq (one operand)': 'uniq',
  'jq (no env, files inside workspace)': 'jq',
  'sed (print/substitute only)': 'sed',
  'awk (no system/getline/redirect/ENVIRON)': 'awk',
  'cd (inside workspace)': 'cd',
  'rg (no --pre/--hostname-bin/-z)': 'rg',
  'find (no -exec/-ok/-delete/-fprint*/-fls/-files0-from)': 'find',
}

/** What an entry of `inspect` or `search` lists; null when it is not known. */
export function listedCommands(entry: string): Commands | null {
  const name = Object.hasOwn(LIMITED, entry) ? (LIMITED[entry] ?? '') : entry
  // Runners and downloaders are in the catalog too, but never by their bare name.
  const isBareRunner = /^(?:node|python3?|pytest|make|cargo|go|ruff|mypy|curl)$/.test(name)
  const commands = isBareRunner ? {} : known(name)
  return Object.keys(commands).length === 0 ? null : commands
}

/** Entries of `git`, with the sub-command whose profile keeps to it. */
const GIT: Readonly<Record<string, string>> = {
  'branch (list)': 'branch',
  'remote -v': 'remote',
  'tag -l': 'tag',
  'stash list|push': 'stash',
  'worktree list': 'worktree',
  'grep (no -O)': 'grep',
  'add (paths or -A/-u)': 'add',
  'commit -m': 'commit',
  'checkout -b': 'checkout',
  'switch -c': 'switch',
}
/** Sub-commands whose profile is narrower than their bare name says, so the name alone is not known. */
const GIT_IN_PROSE_ONLY: ReadonlySet<string> = new Set(Object.values(GIT))

/** The sub-command of git that an entry lists; null when it is not known. */
export function listedGitCommand(entry: string): string | null {
  if (Object.hasOwn(GIT, entry)) return GIT[entry] ?? null
  return COMMAND_CATALOG.gitCommands.includes(entry) && !GIT_IN_PROSE_ONLY.has(entry) ? entry : null
}

const SCRIPTS = ['lint', 'typecheck', 'test', 'build', 'format:check', 'check', 'test:*']
const { npm, pnpm, bun, yarn, npx, pythonWithPytest } = COMMAND_CATALOG

/** One package manager or tool named by several entries has one profile, which the last of them completes. */
const RUNNERS: Readonly<Record<string, () => Commands>> = {
  'npm|pnpm|yarn|bun test': () => ({
    npm: npm(['test']),
    pnpm: pnpm(['test'], false),
    yarn: yarn(),
    bun: bun(['test']),
  }),
  'npm|pnpm|bun run {lint,typecheck,test,build,format:check,check,test:*}': () => ({
    npm: npm(SCRIPTS),
    pnpm: pnpm(SCRIPTS, false),
    bun: bun(SCRIPTS),
  }),
  'pnpm [--filter X] <same>': () => ({ pnpm: pnpm(SCRIPTS, true) }),
  'pnpm vitest run': () => ({ pnpm: pnpm(SCRIPTS, true) }),
  'npx tsc --noEmit': () => npxWith('tsc'),
  'npx vitest run': () => npxWith('vitest'),
  'npx eslint <paths>': () => npxWith('eslint'),
  'npx prettier --check': () => npxWith('prettier'),
  'node scripts/**': () => known('node'),
  'python scripts/**': () => ({ ...known('python'), ...known('python3') }),
  'python -m pytest': () => ({ python: pythonWithPytest }),
  pytest: () => known('pytest'),
  'make {test,lint,check,build}': () => known('make'),
  'cargo test|fmt --check': () => known('cargo'),
  'go build|test ./...': () => known('go'),
  'ruff check .': () => known('ruff'),
  'mypy src/': () => known('mypy'),
}

function npxWith(name: string): Commands {
  const profile = npx.subcommands?.[name]
  return profile === undefined ? {} : { npx: { ...npx, subcommands: { [name]: profile } } }
}

/** What an entry of `runners` lists; null when it is not known. */
export function listedRunner(entry: string): Commands | null {
  return Object.hasOwn(RUNNERS, entry) ? (RUNNERS[entry]?.() ?? null) : null
}

/** Puts the profiles of several entries together: sub-commands and flags with values are united, in whatever order they come. */
export function joinCommands(parts: readonly Commands[]): Record<string, CommandProfile> {
  const joined: Record<string, CommandProfile> = {}
  for (const [name, profile] of parts.flatMap((part) => Object.entries(part))) {
    const before = joined[name]
    if (before === undefined) {
      joined[name] = profile
      continue
    }
    const subcommands = { ...before.subcommands, ...profile.subcommands }
    joined[name] = {
      ...profile,
      valueFlags: { ...before.valueFlags, ...profile.valueFlags },
      subcommands: before.subcommands === null && profile.subcommands === null ? null : subcommands,
      modules: before.modules === null && profile.modules === null ? null : { ...before.modules, ...profile.modules },
    }
  }
  return joined
}

/** What an entry of the deny list adds to the hard rules of the engine. */
export interface Denied {
  readonly forbid?: readonly string[]
  readonly denyRead?: readonly string[]
  readonly denyWrite?: readonly string[]
}

/** Prose entries of the deny list. What the engine denies by itself needs nothing here. */
const DENIED: Readonly<Record<string, Denied>> = {
  'privilege escalation (sudo, su, doas, pkexec, setuid chmod)': {},
  'destruction of /, home, devices': {},
  'download piped to an interpreter, reverse shells, /dev/tcp': {},
  'decode piped to a shell': {},
  'fork bombs, kill -1, shutdown': {
    forbid: ['shutdown', 'reboot', 'halt', 'poweroff', 'systemctl poweroff', 'init 0'],
  },
  'SSH/cloud/agent credential reads': {
    denyRead: [
      '**/.ssh/**',
      '**/.aws/**',
      '**/.kube/**',
      '**/.docker/**',
      '**/.gnupg/**',
      '**/.netrc',
      '**/.git-credentials',
      '**/.config/gcloud/**',
      '**/.azure/**',
      '**/.claude/**',
      '**/.codex/**',
      '**/.openclaw/**',
      '**/id_rsa*',
      '**/id_ed25519*',
    ],
  },
  'writes to shell start-up files, cron, authorized_keys, git hooks': {
    denyWrite: [
      '**/.git/**',
      '**/.husky/**',
      '**/.ssh/**',
      '**/.bashrc',
      '**/.bash_profile',
      '**/.bash_login',
      '**/.profile',
      '**/.zshrc',
      '**/.zshenv',
      '**/.zprofile',
      '**/.config/fish/**',
      '**/authorized_keys',
      '**/cron*/**',
      '/etc/**',
      '/usr/**',
      '/var/**',
    ],
  },
}

/** What an entry of the deny list means; null when it is not known. */
export function deniedBy(entry: string): Denied | null {
  return Object.hasOwn(DENIED, entry) ? (DENIED[entry] ?? null) : null
}
