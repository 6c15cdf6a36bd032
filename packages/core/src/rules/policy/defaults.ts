import type { PolicyContent } from '../../model/policy.ts'
import type { CommandProfile } from '../../model/policy-shell.ts'
import { DEFAULT_RISKS, DEFAULT_TOOL_NAMES } from './default-tools.ts'
import { gitProfile } from './shell/profiles-git.ts'
import { LOOK_PROFILES } from './shell/profiles-look.ts'
import { npmProfile, PACKAGE_SCRIPTS, pnpmProfile, RUN_PROFILES } from './shell/profiles-run.ts'
import { TEXT_PROFILES } from './shell/profiles-text.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

function pick(profiles: Readonly<Record<string, CommandProfile>>, names: string): Record<string, CommandProfile> {
  const picked: Record<string, CommandProfile> = {}
  for (const name of names.split(' ')) {
    const profile = profiles[name]
    if (profile !== undefined) picked[name] = profile
  }
  return picked
}

/** Every section of the built-in policy, complete: what applies where no policy says otherwise. */
export const BUILT_IN_SECTIONS = {
  rules: {
    reviewToDoneRequiresHuman: true,
    reviewToDoneRequiresApproval: true,
    reviewerApprovalSuffices: false,
    caoApprovalRequired: true,
    leadMayDecide: false,
    internMayClaim: true,
    onDeny: 'BLOCK',
    onUnpriced: 'ASK',
    countImputed: true,
    maxReviewCycles: 3,
    yellowTtlMs: 24 * HOUR_MS,
    redTtlMs: HOUR_MS,
    redQuorum: 2,
    redRequiresSecondFactor: false,
    yellowRequiresTask: false,
    productionNames: [],
  },
  toolMap: { names: { ...DEFAULT_TOOL_NAMES }, risks: { ...DEFAULT_RISKS } },
  shell: {
    commands: {
      ...pick(LOOK_PROFILES, 'ls pwd find echo date'),
      ...pick(TEXT_PROFILES, 'cat head tail grep wc sort uniq cut tr jq'),
      ...pick(RUN_PROFILES, 'node python curl'),
      git: gitProfile(['status', 'diff', 'log', 'branch', 'add', 'commit', 'checkout']),
      npm: npmProfile(PACKAGE_SCRIPTS.filter((script) => script !== 'test')),
      pnpm: pnpmProfile(
        PACKAGE_SCRIPTS.filter((script) => script !== 'test'),
        false,
      ),
    },
    deny: ['chown', 'kill', 'pkill', 'killall', 'rm -rf'],
    forbid: [],
    redirectsWriteFiles: true,
    lengthMax: 10_000,
    commandsMax: 30,
  },
  files: {
    read: ['**', '../shared/**'],
    write: ['output/**', 'docs/**', 'memory/**', 'artifacts/**', 'src/**', '<tmpdir>/mc-*/**'],
    secretRead: [
      '**/.env*',
      '**/.ssh/**',
      '**/.aws/**',
      '**/*.pem',
      '**/*.key',
      '**/*.p12',
      '**/*.pfx',
      '**/*.jks',
      '**/*.keystore',
      '**/id_rsa*',
      '**/id_dsa*',
      '**/id_ecdsa*',
      '**/id_ed25519*',
      '**/.gnupg/**',
      '**/.kube/**',
      '**/.docker/config.json',
      '**/.netrc',
      '**/_netrc',
      '**/.npmrc',
      '**/.pypirc',
      '**/.pgpass',
      '**/.git-credentials',
      '**/credentials',
      '**/credentials.json',
      '**/service-account*.json',
      '**/*.tfstate',
    ],
    readExceptions: [],
    denyRead: [],
    denyWrite: [
      '**/.env*',
      '**/.git/**',
      '**/node_modules/**',
      '~/.ssh/**',
      '~/.aws/**',
      '/etc/**',
      '/var/**',
      '/usr/**',
    ],
    deleteFilesMax: 20,
    tmpDir: '/tmp',
  },
  network: {
    hosts: [
      'github.com',
      'githubusercontent.com',
      'gitlab.com',
      'npmjs.com',
      'npmjs.org',
      'pypi.org',
      'stackoverflow.com',
      'googleapis.com',
      'api.anthropic.com',
      'api.openai.com',
    ],
    exactHostOnly: false,
    schemes: ['http', 'https'],
    ports: [80, 443],
    methodsAllow: ['GET', 'HEAD'],
    methodsApprove: ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    mode: 'allowlist',
    literalAddresses: [],
    maxRedirects: 5,
  },
  budgetDefaults: {
    roles: {
      INTERN: { dailyMicros: 2_000_000, perRunMicros: 250_000 },
      SPECIALIST: { dailyMicros: 5_000_000, perRunMicros: 750_000 },
      LEAD: { dailyMicros: 12_000_000, perRunMicros: 1_500_000 },
      CAO: { dailyMicros: 25_000_000, perRunMicros: 3_000_000 },
    },
    taskTypes: {
      ENGINEERING: 8_000_000,
      CONTENT: 6_000_000,
      CUSTOMER_RESEARCH: 5_000_000,
      SEO_RESEARCH: 4_000_000,
      EMAIL_MARKETING: 4_000_000,
      DOCS: 3_000_000,
      OPS: 3_000_000,
      SOCIAL: 2_000_000,
    },
  },
  prices: { models: [], fallback: null },
  spawn: { activeAgentsMax: 30, depthMax: 2, ttlMs: 6 * HOUR_MS },
  loops: {
    commentStorm: { messagesMax: 20, windowMs: 30 * MINUTE_MS },
    reviewPingPong: { changeRequests: 4 },
    backAndForth: { alternationsMax: 8, windowMs: 10 * MINUTE_MS },
    toolFailure: { failures: 3, windowMs: 10 * MINUTE_MS },
    runFailure: { failures: 5, ofLastRuns: 10 },
    oscillation: { transitions: 6, edgeRepeats: 3, windowMs: HOUR_MS },
    noProgress: { repeats: 10 },
  },
  execution: {
    executors: {
      CODE_CHANGE: ['CURSOR', 'CLAUDE_CODE', 'OPENCLAW_AGENT'],
      '*': ['OPENCLAW_AGENT', 'CLAUDE_CODE'],
    },
    leaseMs: 5 * MINUTE_MS,
    attemptsMax: 3,
    unroutedAlertMs: 15 * MINUTE_MS,
  },
  retention: { previewDays: 90 },
} as const satisfies DeepReadonly<PolicyContent>

type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T

/** The built-in policy as a complete content: what `bootstrap` activates when it is given none. */
export const DEFAULT_POLICY: PolicyContent = BUILT_IN_SECTIONS as unknown as PolicyContent
