import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defaultServerConditions } from 'vite'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { NEEDS_OWN_PROCESS } from './test-support/own-process.ts'
import { whyNoPostgres } from './test-support/postgres-binaries.ts'

// Tests run on the sources of every package; nothing needs to be built first. What `module` names is for bundlers: Node
// does not know it, and some packages have files there that it cannot load.
const conditions = ['@mission-control/source', ...defaultServerConditions.filter((name) => name !== 'module')]

/** Checkouts that agents of the reference server work in: copies of this repository. */
const elsewhere = ['**/node_modules/**', '**/.mission-control/**']

const needsPglite = '**/*.pglite.test.ts'
const needsPostgres = '**/*.postgres.test.ts'

/** Each project reads this file again, all in one process. */
function sayOnce(sentence: string): void {
  const said = process.env.MC_SAID ?? ''
  if (said.includes(sentence)) return
  process.env.MC_SAID = `${said}${sentence}`
  console.log(sentence)
}

/** The labelled sample of security cases is no part of the repository; it is a gate where it lies beside it. */
const sampleFolder =
  process.env.MC_SECURITY_SAMPLE ?? fileURLToPath(new URL('../shared/data/security', import.meta.url))
const hasSample = existsSync(sampleFolder)
if (!hasSample) sayOnce('The labelled security sample is not on this machine: its gate does not run.')
const needsSample = hasSample ? [] : ['packages/cli/test/unit/security-sample.test.ts']

/** Left to itself the runner keeps one core free, which is half of a small machine. */
const onAllCores = { maxWorkers: '100%', sequence: { groupOrder: 0 } } as const
/** Pure: no files, no network, no server. The files of a worker share what they have loaded. */
const unit: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'unit',
    ...onAllCores,
    isolate: false,
    include: [
      'packages/*/src/**/*.test.ts',
      'packages/*/test/unit/**/*.test.ts',
      'examples/*/src/**/*.test.ts',
      'bench/src/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    exclude: [...elsewhere, needsPglite, needsPostgres, ...needsSample, ...NEEDS_OWN_PROCESS],
  },
}

const unitApart: TestProjectInlineConfiguration = {
  extends: true,
  test: { name: 'unit-apart', ...onAllCores, include: [...NEEDS_OWN_PROCESS], exclude: elsewhere },
}

/** Postgres as WebAssembly, inside the test. */
const pglite: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'pglite',
    ...onAllCores,
    include: ['packages/*/test/**/*.pglite.test.ts', 'examples/**/*.pglite.test.ts'],
    exclude: elsewhere,
  },
}

/**
 * On a real server, after the others and one file at a time, since a long transaction holds up the log of every database
 * in a server; each file makes its own database.
 */
const postgres: TestProjectInlineConfiguration = {
  extends: true,
  test: {
    name: 'postgres',
    maxWorkers: 1,
    sequence: { groupOrder: 1 },
    include: [
      'packages/*/test/**/*.postgres.test.ts',
      'examples/**/*.postgres.test.ts',
      'bench/src/**/*.postgres.test.ts',
      'test-support/**/*.postgres.test.ts',
    ],
    exclude: elsewhere,
    globalSetup: ['test-support/postgres-setup.ts'],
  },
}

const missing = whyNoPostgres()
if (missing !== null) {
  sayOnce(`The tests on a real Postgres server are not part of this run: ${missing}.`)
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [unit, unitApart, pglite, ...(missing === null ? [postgres] : [])],
    // A cold PGlite needs up to ten seconds for its first start on a busy machine.
    hookTimeout: 60_000,
    testTimeout: 30_000,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**'],
      exclude: ['**/*.test.ts'],
      reportsDirectory: 'coverage',
    },
  },
})
