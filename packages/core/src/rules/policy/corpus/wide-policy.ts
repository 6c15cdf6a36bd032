import { type PolicyContent, policyContent } from '../../../model/policy.ts'
import type { CommandProfile } from '../../../model/policy-shell.ts'
import { compilePolicy } from '../compile.ts'
import { GIT_COMMANDS, gitProfile } from '../shell/profiles-git.ts'
import { LOOK_PROFILES } from '../shell/profiles-look.ts'
import {
  bunProfile,
  NPX,
  npmProfile,
  PYTHON_WITH_PYTEST,
  pnpmProfile,
  RUN_PROFILES,
  yarnProfile,
} from '../shell/profiles-run.ts'
import { TEXT_PROFILES } from '../shell/profiles-text.ts'

const SCRIPTS = ['lint', 'typecheck', 'test', 'build', 'format:check', 'check', 'test:*']

function everyProfile(): Record<string, CommandProfile> {
  const { curl: _, ...runners } = RUN_PROFILES
  return {
    ...LOOK_PROFILES,
    ...TEXT_PROFILES,
    ...runners,
    git: gitProfile(Object.keys(GIT_COMMANDS)),
    npm: npmProfile(SCRIPTS),
    pnpm: pnpmProfile(SCRIPTS, true),
    yarn: yarnProfile(),
    bun: bunProfile(SCRIPTS),
    npx: NPX,
    python: PYTHON_WITH_PYTEST,
  }
}

/** Lists every command we have a profile of, so the corpus meets as much that could let it through as possible. */
const WIDE_POLICY: PolicyContent = policyContent.parse({
  shell: { commands: everyProfile(), deny: [], forbid: [], redirectsWriteFiles: false },
  files: {
    read: ['**'],
    write: ['src/**', 'docs/**', 'test/**', 'output/**'],
    secretRead: [
      '**/.env',
      '**/.env.*',
      '**/*.pem',
      '**/*.key',
      '**/id_rsa*',
      '**/.npmrc',
      '**/.netrc',
      '**/.git/**',
      '**/.ssh/**',
      '**/secrets/**',
      '**/credentials.json',
      '**/*.tfstate',
    ],
    readExceptions: ['**/.env.example', '**/.env.sample'],
    denyRead: ['**/.ssh/**', '**/.aws/**'],
    denyWrite: ['**/.git/**', '**/.ssh/**', '/etc/**', '/usr/**', '/var/**'],
  },
})

export const widePolicy = compilePolicy([{ scopeType: 'GLOBAL', name: 'wide', versionNo: 1, content: WIDE_POLICY }])
