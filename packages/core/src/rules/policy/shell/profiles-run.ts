import type { ArgumentRule, CommandProfile } from '../../../model/policy-shell.ts'
import { oneOf, profile } from './profile.ts'

/**
 * Commands that run the project's own code: its scripts and checks. They are a promise about which code, not about
 * what that code does, so flags by which they would load other code, settings or folders are left out.
 */

/** Options that test runners and checkers share or at least understand harmlessly, for what follows a script's name. */
const RUNNER_ARGUMENTS = profile({
  flags: `--run --coverage --no-coverage --watch=false --no-watch --silent --verbose --bail --ci --passWithNoTests
    --runInBand --quiet --changed --no-color --color`,
  valueFlags: {
    '-t --testNamePattern --testPathPattern --grep --shard --project': 'name',
    '--maxWorkers --retry': 'number',
  },
  optionalFlags: {
    '--bail': 'number',
    '--reporter': oneOf('default verbose dot json tap basic junit hanging-process'),
  },
  rest: 'testPath',
})

/** Scripts of a package that a policy may list. */
export const PACKAGE_SCRIPTS = ['test', 'lint', 'typecheck', 'build'] as const

function runScript(scripts: readonly string[], argumentsOfScript: CommandProfile): CommandProfile {
  return profile({
    flags: '-s --silent --if-present',
    operands: [{ oneOf: [...scripts] }],
    operandsMin: 1,
    rest: 'testPath',
    afterDoubleDash: argumentsOfScript,
  })
}

/** npm: options before `--` are npm's own, and few of them are harmless. */
export function npmProfile(scripts: readonly string[]): CommandProfile {
  return profile({
    soloFlags: '--version -v',
    subcommands: {
      test: profile({ flags: '-s --silent --if-present', rest: 'testPath', afterDoubleDash: RUNNER_ARGUMENTS }),
      run: runScript(scripts, RUNNER_ARGUMENTS),
    },
  })
}

/** pnpm and bun hand everything behind a script's name to the script. */
function handingOver(scripts: readonly string[]): CommandProfile {
  return profile({ operands: [{ oneOf: [...scripts] }], operandsMin: 1, forwarded: SCRIPT_ARGUMENTS })
}

const SCRIPT_ARGUMENTS: CommandProfile = { ...RUNNER_ARGUMENTS, afterDoubleDash: RUNNER_ARGUMENTS }

/** pnpm, whose scripts may be named without `run`. `withRunners` adds test runners started by their own name. */
export function pnpmProfile(scripts: readonly string[], withRunners: boolean): CommandProfile {
  const named = withRunners ? scripts : ['test']
  return profile({
    soloFlags: '--version -v',
    valueFlags: withRunners ? { '--filter -F': 'packageFilter' } : {},
    subcommands: {
      ...Object.fromEntries(named.map((script) => [script, SCRIPT_ARGUMENTS])),
      run: handingOver(scripts),
      ...(withRunners ? { vitest: VITEST } : {}),
    },
  })
}

export function yarnProfile(): CommandProfile {
  return profile({ soloFlags: '--version -v', subcommands: { test: SCRIPT_ARGUMENTS } })
}

export function bunProfile(scripts: readonly string[]): CommandProfile {
  return profile({
    soloFlags: '--version -v',
    subcommands: {
      test: profile({
        flags: '--coverage --bail --only --todo',
        valueFlags: { '-t --test-name-pattern': 'name', '--timeout --rerun-each': 'number' },
        optionalFlags: { '--bail': 'number' },
        rest: 'testPath',
      }),
      run: handingOver(scripts),
    },
  })
}

const VITEST = profile({ subcommands: { run: RUNNER_ARGUMENTS } })

export const NPX: CommandProfile = profile({
  flags: '--no-install --no',
  soloFlags: '--version -v',
  subcommands: {
    tsc: profile({
      flags: '--noEmit --strict',
      valueFlags: { '-p --project': 'read', '--pretty --skipLibCheck': oneOf('true false') },
      optionalFlags: { '--pretty --skipLibCheck': oneOf('true false') },
      soloFlags: '--version -v',
      // Without it the compiler writes files.
      needsOneOf: ['--noEmit'],
    }),
    vitest: VITEST,
    eslint: profile({
      flags: '--quiet --no-error-on-unmatched-pattern --no-color --color --no-inline-config',
      valueFlags: {
        '--max-warnings': 'number',
        '--ext': 'name',
        '-f --format': oneOf('stylish json html compact unix'),
      },
      soloFlags: '--version -v',
      rest: 'read',
    }),
    prettier: profile({
      flags: '--check -c --list-different -l --no-color --ignore-unknown -u --no-config',
      needsOneOf: ['--check', '-c', '--list-different', '-l'],
      soloFlags: '--version -v',
      rest: 'read',
    }),
  },
})

/** Arguments of a script of the project: data to us, but a path among them still obeys the file rules. */
const ARGUMENTS_OF_SCRIPT = profile({ expression: 'scriptArguments' })

function scriptRunner(soloFlags: string, modules: CommandProfile['modules'] = null): CommandProfile {
  const scripts = ['scripts/**']
  return profile({ soloFlags, operands: ['script'], operandsMin: 1, scripts, forwarded: ARGUMENTS_OF_SCRIPT, modules })
}

const PYTEST = profile({
  flags: `-q -v -vv -s -x -l --quiet --verbose --exitfirst --lf --ff --nf --sw --last-failed --failed-first --stepwise
    --collect-only --co --no-header --no-summary --showlocals --strict-markers --disable-warnings --version`,
  valueFlags: {
    '-k -m -r': 'name',
    '--maxfail --durations --timeout': 'number',
    '-n --numprocesses': oneOf('auto 1 2 3 4 5 6 7 8'),
  },
  optionalFlags: { '--tb': oneOf('auto long short line native no'), '--color': oneOf('yes no auto') },
  rest: 'testPath',
})

const GO_TEST: CommandProfile = profile({
  flags: '-v -race -short -cover -failfast -json -benchmem',
  valueFlags: { '-run -bench -skip': 'name', '-count -timeout -parallel -cpu -p': 'number' },
  rest: 'name',
})

const CARGO_SCOPE =
  '--workspace --all --lib --bins --tests --examples --all-targets --all-features --no-default-features'
const CARGO_VALUES: Readonly<Record<string, ArgumentRule>> = {
  '-p --package --test --bin --features -F': 'name',
  '-j --jobs': 'number',
}

/** Runners by name; a policy lists those it wants. */
export const RUN_PROFILES: Readonly<Record<string, CommandProfile>> = {
  node: scriptRunner('--version -v'),
  python: scriptRunner('--version -V'),
  python3: profile({ soloFlags: '--version -V' }),
  pytest: PYTEST,
  make: profile({
    flags: '-s -k --silent --keep-going',
    valueFlags: { '-j --jobs': 'number' },
    soloFlags: '--version -v',
    operandsMin: 1,
    rest: oneOf('test lint check build'),
  }),
  cargo: profile({
    soloFlags: '--version -V',
    subcommands: {
      test: profile({
        flags: `${CARGO_SCOPE} --release --no-run --no-fail-fast -q -v --quiet --verbose --locked --offline --frozen --doc`,
        valueFlags: CARGO_VALUES,
        rest: 'name',
        afterDoubleDash: profile({
          flags: '--nocapture --ignored --include-ignored --exact --list --show-output',
          valueFlags: { '--test-threads': 'number', '--skip': 'name' },
          rest: 'name',
        }),
      }),
      fmt: profile({
        flags: '--check --all',
        needsOneOf: ['--check'],
        afterDoubleDash: profile({ flags: '--check' }),
      }),
    },
  }),
  go: profile({
    subcommands: {
      test: GO_TEST,
      build: profile({ flags: '-v -race', operands: [oneOf('./...')], operandsMin: 1 }),
      version: profile({}),
    },
  }),
  ruff: profile({
    soloFlags: '--version',
    subcommands: {
      check: profile({ flags: '-q -v --quiet --verbose --no-fix --no-cache --statistics', rest: 'testPath' }),
    },
  }),
  mypy: profile({
    flags: '--strict --no-error-summary --pretty --show-error-codes',
    soloFlags: '--version',
    rest: 'testPath',
  }),
  curl: profile({
    flags: `-s -S -f -i -I -v -g -q -4 -6 --silent --show-error --fail --include --head --verbose --globoff --get -G
      --compressed --no-progress-meter --fail-with-body --ipv4 --ipv6`,
    valueFlags: { '-m --max-time --connect-timeout --retry': 'number', '-o --output': 'write' },
    soloFlags: '--version -V',
    rest: 'url',
    operandsMin: 1,
  }),
}

/** Python with `-m pytest` beside scripts. */
export const PYTHON_WITH_PYTEST: CommandProfile = scriptRunner('--version -V', { pytest: PYTEST })
