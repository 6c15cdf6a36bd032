import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const houses: string[] = []
afterAll(() => {
  for (const house of houses) rmSync(house, { recursive: true, force: true })
})

const siblings = [
  'core',
  'adapter-memory',
  'adapter-postgres',
  'testing',
  'host-http',
  'telegram',
  'agent-node',
  'genai-prices',
  'cli',
]
const entries = ['index', 'policy', 'storage', 'client', 'conformance', 'vitest', 'internal']
const installed = ['zod', 'picomatch', 'p-retry', 'vitest', 'pg', 'fast-check']

/** A small house of the same plan as ours, in which every import is allowed. */
const sound = {
  'packages/core/src/index.ts': `export { run } from './engine/execute.ts';`,
  'packages/core/src/policy.ts': `export { budget } from './rules/budget.ts';`,
  'packages/core/src/storage.ts': `export type { Port } from './ports/storage.ts';`,
  'packages/core/src/model/task.ts': `import { z } from 'zod'; export const task = z;`,
  'packages/core/src/rules/budget.ts': `import { task } from '../model/task.ts'; import match from 'picomatch'; export const budget = [task, match];`,
  'packages/core/src/rules/budget.test.ts': `import { test } from 'vitest'; import { run } from '../engine/execute.ts'; test('', run);`,
  'packages/core/src/ports/storage.ts': `export interface Port { a: 1 } export const port = 1;`,
  'packages/core/src/decide/command.ts': `export const command = 1;`,
  'packages/core/src/commands/claim-task.ts': `import { command } from '../decide/command.ts'; import { budget } from '../rules/budget.ts'; import type { Port } from '../ports/storage.ts'; export const claim = (p: Port) => [p, budget, command];`,
  'packages/core/src/commands/start-run.ts': `export const start = 1;`,
  'packages/core/src/commands/index.ts': `import { claim } from './claim-task.ts'; import { start } from './start-run.ts'; export const all = [claim, start];`,
  'packages/core/src/engine/execute.ts': `import { all } from '../commands/index.ts'; import retry from 'p-retry'; export const run = () => [all, retry];`,
  'packages/core/src/queries/board.ts': `import { port } from '../ports/storage.ts'; export const board = port;`,
  'packages/adapter-memory/src/index.ts': `import type { Port } from '@mission-control/core/storage'; export const memory = (p: Port) => p;`,
  'packages/adapter-postgres/src/index.ts': `import type { Port } from '@mission-control/core/storage'; import { sql } from './internal.ts'; export const postgres = (p: Port) => [p, sql];`,
  'packages/adapter-postgres/src/internal.ts': `export const sql = 1;`,
  'packages/testing/src/index.ts': `import { run } from '@mission-control/core'; import { memory } from '@mission-control/adapter-memory'; export const harness = [run, memory];`,
  'packages/testing/src/vitest.ts': `import { expect } from 'vitest'; export const matchers = expect;`,
  'packages/host-http/src/index.ts': `import { run } from '@mission-control/core'; export const serve = run;`,
  'packages/telegram/src/index.ts': `import { run } from '@mission-control/core'; export const bridge = run;`,
  'packages/agent-node/src/index.ts': `import { spawn } from 'node:child_process'; import { run } from '@mission-control/core'; export const plan = [run, spawn];`,
  'packages/genai-prices/src/index.ts': `import { run } from '@mission-control/core'; export const prices = run;`,
  'packages/cli/src/index.ts': `import { budget } from '@mission-control/core/policy'; export const cli = budget;`,
  'examples/quickstart/src/main.ts': `import { run } from '@mission-control/core'; console.log(run);`,
  'bench/src/main.ts': `import { memory } from '@mission-control/adapter-memory'; console.log(memory);`,
} as const

/** One file each that breaks one rule: where it lies, what it says, and the rule that must notice. */
const violations: readonly (readonly [path: string, text: string, rule: string | null])[] = [
  ['packages/core/src/model/a.ts', `import '../rules/budget.ts';`, 'model-stands-alone'],
  ['packages/core/src/model/b.ts', `import 'p-retry';`, 'model-stands-alone'],
  ['packages/core/src/rules/a.ts', `import 'p-retry';`, 'rules-are-pure'],
  [
    'packages/core/src/rules/b.ts',
    `import type { Port } from '../ports/storage.ts'; export type P = Port;`,
    'rules-are-pure',
  ],
  ['packages/core/src/rules/policy/c.ts', `import 'node:crypto';`, 'rules-are-pure'],
  ['packages/core/src/commands/a.ts', `import './claim-task.ts';`, 'commands-stand-apart'],
  ['packages/core/src/commands/b.ts', `import '../engine/execute.ts';`, 'commands-decide'],
  ['packages/core/src/decide/a.ts', `import '../commands/claim-task.ts';`, 'decisions-are-pure'],
  ['packages/core/src/effects/a.ts', `import '../engine/execute.ts'`, 'decisions-are-pure'],
  [
    'packages/core/src/commands/c.ts',
    `import { port } from '../ports/storage.ts'; export const p = port;`,
    'deciders-know-port-types-only',
  ],
  ['packages/core/src/ports/a.ts', `import '../rules/budget.ts';`, 'ports-are-shapes'],
  ['packages/core/src/ports/b.ts', `import '../engine/execute.ts';`, 'inner-core-never-looks-up'],
  ['packages/core/src/engine/a.ts', `import '@mission-control/adapter-memory';`, 'engine-is-the-shell'],
  ['packages/core/src/queries/a.ts', `import 'picomatch';`, 'engine-is-the-shell'],
  ['packages/core/src/a.ts', `import '@mission-control/adapter-memory';`, 'core-knows-no-sibling'],
  ['packages/core/src/b.ts', `import 'node:fs';`, 'core-uses-web-apis'],
  ['packages/adapter-memory/src/a.ts', `import '@mission-control/core';`, 'adapters-know-the-port'],
  ['packages/adapter-memory/src/b.ts', `import '@mission-control/adapter-postgres';`, 'adapters-know-the-port'],
  ['packages/adapter-postgres/src/a.ts', `import '../../core/src/rules/budget.ts';`, 'adapters-know-the-port'],
  ['packages/testing/src/a.ts', `import '@mission-control/adapter-postgres';`, 'testing-knows-core-and-memory'],
  ['packages/testing/src/b.ts', `import '@mission-control/host-http';`, 'testing-knows-core-and-memory'],
  ['packages/testing/src/c.ts', `import 'vitest';`, 'testing-is-runner-neutral'],
  ['packages/testing/src/d.ts', `import 'node:test';`, 'testing-is-runner-neutral'],
  ['packages/testing/sim/a.ts', `import '../../core/src/rules/budget.ts';`, 'simulator-uses-public-clients'],
  ['packages/testing/src/e.ts', `import '../sim/b.ts';`, 'simulator-stays-apart'],
  ['packages/testing/sim/b.ts', `export const b = 1;`, null],
  ['packages/host-http/src/a.ts', `import '@mission-control/adapter-postgres';`, 'hosts-know-the-core-root'],
  ['packages/host-http/src/b.ts', `import '@mission-control/core/storage';`, 'hosts-know-the-core-root'],
  ['packages/telegram/src/a.ts', `import '@mission-control/host-http';`, 'hosts-know-the-core-root'],
  ['packages/telegram/src/main.ts', `import '../../core/src/rules/budget.ts';`, 'bot-alone-knows-public-entries'],
  ['packages/agent-node/src/a.ts', `import '../../core/src/rules/budget.ts';`, 'hosts-know-the-core-root'],
  ['packages/genai-prices/src/a.ts', `import '../../core/src/rules/budget.ts';`, 'hosts-know-the-core-root'],
  ['packages/cli/src/a.ts', `import '../../core/src/rules/budget.ts';`, 'command-line-knows-public-entries'],
  ['examples/quickstart/src/a.ts', `import '@mission-control/adapter-postgres/internal';`, 'public-entries-only'],
  ['bench/src/a.ts', `import '../../packages/core/src/rules/budget.ts';`, 'public-entries-only'],
  ['examples/quickstart/src/b.ts', `import '../../../bench/src/main.ts';`, 'examples-stand-apart'],
  ['packages/core/src/c.ts', `import './rules/budget.test.ts';`, 'no-test-code-in-src'],
  ['packages/adapter-postgres/src/b.ts', `import 'pg';`, 'no-dev-dependencies-in-src'],
  ['packages/telegram/src/b.ts', `import 'fast-check';`, 'no-undeclared-dependencies'],
  ['packages/telegram/src/c.ts', `import './nowhere.ts';`, 'nothing-unresolvable'],
  ['packages/telegram/src/d.ts', `import './e.ts'; export const d = 1;`, 'no-cycles'],
  // The other half of the circle, which is reported once.
  ['packages/telegram/src/e.ts', `import { d } from './d.ts'; export const e = d;`, null],
]

/** Builds the house with these files on top and gives what is broken in it, as `file: rule`. */
function inspect(added: readonly (readonly [path: string, text: string, ...rest: unknown[]])[]): readonly string[] {
  const house = mkdtempSync(join(tmpdir(), 'mission-control-import-rules-'))
  houses.push(house)
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(house, path)), { recursive: true })
    writeFileSync(join(house, path), text)
  }
  for (const [path, text] of [...Object.entries(sound), ...added]) write(path, text)
  furnish(house, write)
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const args = [cruiser, 'packages', 'examples', 'bench', '--config', '--output-type', 'json']
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: house, encoding: 'utf8', maxBuffer: 64 << 20 })
  if (stdout === '') throw new Error(`dependency-cruiser said nothing: ${stderr}`)
  const report = JSON.parse(stdout) as { summary: { violations: readonly { from: string; rule: { name: string } }[] } }
  return report.summary.violations.map(({ from, rule }) => `${from}: ${rule.name}`)
}

/** The manifests, packages and configuration around the sources. */
function furnish(house: string, write: (path: string, text: string) => void): void {
  const json = (path: string, value: unknown) => write(path, JSON.stringify(value))
  const any = (...names: string[]) => Object.fromEntries(names.map((name) => [name, '*']))
  const ours = siblings.map((name) => `@mission-control/${name}`)
  const exports = Object.fromEntries(
    entries.map((name) => [name === 'index' ? '.' : `./${name}`, { '@mission-control/source': `./src/${name}.ts` }]),
  )
  for (const name of installed) {
    // The folder most packages are built into, which must not hide them.
    json(`node_modules/${name}/package.json`, { name, main: 'dist/index.js' })
    write(`node_modules/${name}/dist/index.js`, '')
  }
  mkdirSync(join(house, 'node_modules/@mission-control'))
  for (const name of siblings) {
    json(`packages/${name}/package.json`, {
      name: `@mission-control/${name}`,
      exports,
      dependencies: any('zod', 'picomatch', 'p-retry', ...ours),
      devDependencies: any('pg'),
      peerDependencies: any('vitest'),
    })
    symlinkSync(join(house, 'packages', name), join(house, 'node_modules/@mission-control', name))
  }
  for (const member of ['examples/quickstart', 'bench']) json(`${member}/package.json`, { dependencies: any(...ours) })
  json('package.json', { name: 'house', private: true })
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.json', 'tsconfig.base.json']) {
    copyFileSync(join(root, file), join(house, file))
  }
}

test('a house in which every import is allowed has nothing to report', () => {
  expect(inspect([])).toEqual([])
})

test('each rule bites when it is broken', () => {
  const reported = inspect(violations)
  const expected = violations.filter(([, , rule]) => rule !== null).map(([path, , rule]) => `${path}: ${rule}`)
  expect(expected.filter((line) => !reported.includes(line))).toEqual([])
  // Nothing but the injected files is reported, so a rule cannot pass by refusing everything.
  const injected = new Set(violations.map(([path]) => path))
  expect(reported.filter((line) => !injected.has(line.split(':')[0] ?? ''))).toEqual([])
})

test('no rule is left untried', () => {
  const config = spawnSync(process.execPath, ['-p', `JSON.stringify(require('./.dependency-cruiser.cjs'))`], {
    cwd: root,
    encoding: 'utf8',
  })
  const { forbidden } = JSON.parse(config.stdout) as { forbidden: readonly { name: string }[] }
  const tried = new Set<string | null>(violations.map(([, , rule]) => rule))
  expect(forbidden.map(({ name }) => name).filter((name) => !tried.has(name))).toEqual([])
})
