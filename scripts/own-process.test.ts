import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { NEEDS_OWN_PROCESS } from '../test-support/own-process.ts'

const root = join(import.meta.dirname, '..')
/** What a later file in the same process would see. */
const LEAVES_TRACES =
  /\bvi\.(mock|doMock|resetModules|stubEnv|stubGlobal)\(|process\.env(\.\w+|\[.+?\]) = |delete process\.env|process\.chdir|globalThis\.\w+ = /

function unitTestsBelow(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
    .filter((file) => !file.endsWith('.pglite.test.ts') && !file.endsWith('.postgres.test.ts'))
}

function foldersOf(folder: string, ...inner: readonly string[]): readonly string[] {
  return readdirSync(join(root, folder))
    .flatMap((name) => inner.map((one) => `${folder}/${name}/${one}`))
    .filter((one) => existsSync(join(root, one)))
}

test('whoever swaps modules or changes the environment has a process of its own', () => {
  const folders = [
    'scripts',
    'bench/src',
    ...foldersOf('packages', 'src', 'test/unit'),
    ...foldersOf('examples', 'src'),
  ]
  const leaving = folders
    .flatMap(unitTestsBelow)
    .filter((file) => LEAVES_TRACES.test(readFileSync(join(root, file), 'utf8')))
  expect(leaving).toEqual(expect.arrayContaining(['packages/testing/test/unit/sim-mutants.test.ts']))
  expect(leaving.filter((file) => !NEEDS_OWN_PROCESS.includes(file))).toEqual([])
})
