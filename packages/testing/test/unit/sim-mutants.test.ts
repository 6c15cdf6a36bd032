import { expect, test, vi } from 'vitest'
import type { SeedOptions } from '../../sim/seed.ts'
import { RULE_MUTANTS, STORAGE_MUTANTS } from '../mutants.ts'

const SEEDS_MAX = 200
const STEPS = 1_000
const TIMEOUT_MS = 300_000
const CORE = '../../../core/src'

/** The seed in which something was wrong first, with what it was; null where nothing was noticed. */
async function firstFailure(options: Pick<SeedOptions, 'mutate'> = {}): Promise<string | null> {
  // Everything is loaded anew, with the planted fault or without the one before.
  vi.resetModules()
  const { runSeed } = await import('../../sim/seed.ts')
  for (let seed = 1; seed <= SEEDS_MAX; seed++) {
    const { violations } = await runSeed({ seed, steps: STEPS, ...options })
    const [first] = violations
    if (first !== undefined) return `seed ${seed}: ${first.invariant} ${first.problem}`
  }
  return null
}

test('there are at least 25 planted faults, each with a name of its own', () => {
  const names = [...RULE_MUTANTS, ...STORAGE_MUTANTS].map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThanOrEqual(25)
})

test.each(RULE_MUTANTS)('$name: noticed', { timeout: TIMEOUT_MS }, async ({ name, module, change }) => {
  const path = `${CORE}/${module}`
  vi.doMock(path, async (original) => {
    const real = await original<object>()
    return { ...real, ...change(real as never) }
  })
  const failure = await firstFailure()
  vi.doUnmock(path)
  expect(failure, name).not.toBeNull()
  console.log(`${name} -> ${failure}`)
})

test.each(STORAGE_MUTANTS)('$name: noticed', { timeout: TIMEOUT_MS }, async ({ name, change }) => {
  const failure = await firstFailure({ mutate: (storage) => change(storage) })
  expect(failure, name).not.toBeNull()
  console.log(`${name} -> ${failure}`)
})
