import { type PolicyContent, policyContent } from '../../src/model/policy.ts'
import type { CommandProfile } from '../../src/model/policy-shell.ts'
import { DEFAULT_RISKS, DEFAULT_TOOL_NAMES } from '../../src/rules/policy/default-tools.ts'
import { gitProfile } from '../../src/rules/policy/shell/profiles-git.ts'
import { LOOK_PROFILES } from '../../src/rules/policy/shell/profiles-look.ts'
import {
  bunProfile,
  NPX,
  npmProfile,
  PYTHON_WITH_PYTEST,
  pnpmProfile,
  RUN_PROFILES,
  yarnProfile,
} from '../../src/rules/policy/shell/profiles-run.ts'
import { TEXT_PROFILES } from '../../src/rules/policy/shell/profiles-text.ts'

/** The parts of a `ref-v1` policy file that a policy of ours can say. */
export interface RefV1 {
  readonly workspace: { readonly root: string; readonly cwd: string; readonly home: string }
  readonly fs: {
    readonly readRoots: readonly string[]
    readonly readDeny: readonly string[]
    readonly readAllowExceptions: readonly string[]
    readonly writeRoots: readonly string[]
    readonly delete: string
  }
  readonly network: {
    readonly allowlist: {
      readonly hosts: readonly string[]
      readonly exactHostOnly: boolean
      readonly schemes: readonly ('http' | 'https')[]
      readonly ports: readonly number[]
      readonly methodsAllow: readonly string[]
      readonly methodsApprove: readonly string[]
      readonly maxRedirects: number
    }
    readonly public: { readonly schemes: readonly ('http' | 'https')[] }
  }
  readonly shell: {
    readonly maxLength: number
    readonly maxCommands: number
    readonly redirectsAllow: readonly string[]
    readonly allow: Readonly<Record<'inspect' | 'search' | 'git' | 'runners', readonly string[]>>
    readonly deny: readonly string[]
  }
}

type Commands = Record<string, CommandProfile>

const SCRIPTS = ['lint', 'typecheck', 'test', 'build', 'format:check', 'check', 'test:*']

/** Prose entries for runners, with what they list. Several may speak of one command; the later adds to the earlier. */
const RUNNERS: Readonly<Record<string, () => Commands>> = {
  'npm|pnpm|yarn|bun test': () => ({ yarn: yarnProfile() }),
  'npm|pnpm|bun run {lint,typecheck,test,build,format:check,check,test:*}': () => ({
    npm: npmProfile(SCRIPTS),
    bun: bunProfile(SCRIPTS),
  }),
  'pnpm [--filter X] <same>': () => ({ pnpm: pnpmProfile(SCRIPTS, true) }),
  'pnpm vitest run': () => ({}),
  'npx tsc --noEmit': () => ({ npx: NPX }),
  'npx vitest run': () => ({}),
  'npx eslint <paths>': () => ({}),
  'npx prettier --check': () => ({}),
  'node scripts/**': () => pick(RUN_PROFILES, 'node'),
  'python scripts/**': () => ({ python: PYTHON_WITH_PYTEST, ...pick(RUN_PROFILES, 'python3') }),
  'python -m pytest': () => ({}),
  pytest: () => pick(RUN_PROFILES, 'pytest'),
  'make {test,lint,check,build}': () => pick(RUN_PROFILES, 'make'),
  'cargo test|fmt --check': () => pick(RUN_PROFILES, 'cargo'),
  'go build|test ./...': () => pick(RUN_PROFILES, 'go'),
  'ruff check .': () => pick(RUN_PROFILES, 'ruff'),
  'mypy src/': () => pick(RUN_PROFILES, 'mypy'),
}

interface Denied {
  readonly forbid?: readonly string[]
  readonly denyRead?: readonly string[]
  readonly denyWrite?: readonly string[]
}

/** Prose entries of the deny list. What the built-in rules deny already needs nothing here. */
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

function pick(profiles: Readonly<Record<string, CommandProfile>>, name: string): Commands {
  const found = profiles[name]
  if (found === undefined) throw new Error(`no profile for the command ${name}`)
  return { [name]: found }
}

/** The command that a prose entry such as `date (no -s/-f)` is about; its limits are in our profile. */
function commandOf(entry: string): string {
  return entry.replace(/\s*\(.*\)$/, '').split(' ')[0] ?? ''
}

function commandsOf(shell: RefV1['shell']): Commands {
  const known = { ...LOOK_PROFILES, ...TEXT_PROFILES }
  const plain = [...shell.allow.inspect, ...shell.allow.search].map((entry) => pick(known, commandOf(entry)))
  const runners = shell.allow.runners.map((entry) => {
    const runner = RUNNERS[entry]
    if (runner === undefined) throw new Error(`unknown runner: ${entry}`)
    return runner()
  })
  return Object.assign({}, ...plain, ...runners, { git: gitProfile(shell.allow.git.map(commandOf)) }) as Commands
}

/** A policy of ours that means the same as a `ref-v1` file, with its network in the given mode. */
export function fromRefV1(ref: RefV1, mode: 'allowlist' | 'public'): PolicyContent {
  const denied = ref.shell.deny.map((entry) => {
    const meaning = DENIED[entry]
    if (meaning === undefined) throw new Error(`unknown deny entry: ${entry}`)
    return meaning
  })
  const { allowlist } = ref.network
  return policyContent.parse({
    toolMap: {
      names: { ...DEFAULT_TOOL_NAMES },
      risks: { ...DEFAULT_RISKS, 'fs.delete': ref.fs.delete === 'allow' ? 'YELLOW' : 'RED' },
    },
    shell: {
      commands: commandsOf(ref.shell),
      deny: [],
      forbid: denied.flatMap(({ forbid }) => forbid ?? []),
      redirectsWriteFiles: ref.shell.redirectsAllow.some((entry) => /^> (?!\/dev\/null)/.test(entry)),
      lengthMax: ref.shell.maxLength,
      commandsMax: ref.shell.maxCommands,
    },
    files: {
      read: ref.fs.readRoots.map((root) => (root === `${ref.workspace.root}/**` ? '**' : root)),
      write: [...ref.fs.writeRoots],
      secretRead: [...ref.fs.readDeny],
      readExceptions: [...ref.fs.readAllowExceptions],
      denyRead: denied.flatMap(({ denyRead }) => denyRead ?? []),
      denyWrite: denied.flatMap(({ denyWrite }) => denyWrite ?? []),
    },
    network: {
      hosts: [...allowlist.hosts],
      exactHostOnly: allowlist.exactHostOnly,
      schemes: mode === 'public' ? [...ref.network.public.schemes] : [...allowlist.schemes],
      ports: mode === 'public' ? 'any' : [...allowlist.ports],
      methodsAllow: [...allowlist.methodsAllow],
      methodsApprove: [...allowlist.methodsApprove],
      mode,
      literalAddresses: [],
      maxRedirects: allowlist.maxRedirects,
    },
  })
}
