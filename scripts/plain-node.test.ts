import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { testFiles } from './refusals/coverage.ts'
import { program, root, tool } from './steps.ts'

const core = join(root, 'packages', 'core')
const built = join(core, '.cache', 'plain')
afterAll(() => rmSync(built, { recursive: true, force: true }))

test('R-106: what is built starts with plain node, without a loader or a condition', { timeout: 120_000 }, async () => {
  await tool('tsup', ['--no-dts', '--no-sourcemap', '--out-dir', built], core)
  const start = join(built, 'start.mjs')
  writeFileSync(
    start,
    `import { createMissionControl, TRANSITIONS } from './index.js'
import { LOOKUPS } from './storage.js'
if (typeof createMissionControl !== 'function') throw new Error('nothing was built')
console.log(TRANSITIONS.length, Object.keys(LOOKUPS).length > 0)
`,
  )
  expect((await program(process.execPath, [start])).trim()).toBe('31 true')
})

test('R-106: a run that finds no test fails', { timeout: 120_000 }, async () => {
  const run = tool('vitest', ['run', '--project', 'unit', 'no-such-test-file-anywhere'])
  await expect(run).rejects.toThrow(/No test files found/)
})

test('R-106: no test is left out or runs alone', () => {
  const files = [...testFiles(root)]
  expect(files.length).toBeGreaterThan(50)
  const marked = files.filter((path) => /\b(?:test|it|describe)\.(?:skip|only|todo)\(/.test(readFileSync(path, 'utf8')))
  expect(marked).toEqual([])
})
