import { expect, test, vi } from 'vitest'
import type { SeedOptions } from '../../sim/seed.ts'
import { RULE_MUTANTS, STORAGE_MUTANTS } from '../mutants.ts'

const SEEDS_MAX = 200
const STEPS = 1_000
const TIMEOUT_MS = 300_000
const CORE = '../../../core/src'

/** Where faults that hide long were noticed last: looked at first, and then all others from the beginning. */
const NOTICED_LAST: Readonly<Record<string, number>> = {
  'moves do not ask for no-open-dispute': 83,
  'moves do not ask for completion-approved': 49,
  'adds have no limit': 42,
  'requests outlive their task': 40,
  'everybody has authority': 35,
  'everybody decides on own requests': 29,
  'runs are not stopped': 22,
  'days are those of UTC': 14,
  'a grant never ends': 13,
  'the agent is not proven': 7,
  'moves do not ask for deliverable': 6,
  'old epochs are accepted': 6,
  'a grant is used again': 6,
  'a one-time code counts twice': 6,
  'nobody is a party': 6,
  'moves do not ask for no-running-run': 4,
  'one decision is always enough': 4,
  'the first yes counts': 4,
  'moves do not ask for work-plan': 3,
  'a started task has no grace': 3,
  'a paused agent goes on': 3,
  'notes are tried once': 3,
  'reviews outlive their submission': 3,
  'caps are forgotten': 3,
  'revoked keys open doors': 3,
  'the project is not proven': 3,
  'requests never expire': 2,
  'the last writer of a row of approval wins': 2,
  'the last writer of a row of task wins': 2,
}

/** The seed in which something was wrong first, with what it was; null where nothing was noticed. */
async function firstFailure(name: string, options: Pick<SeedOptions, 'mutate'> = {}): Promise<string | null> {
  // Everything is loaded anew, with the planted fault or without the one before.
  vi.resetModules()
  const { runSeed } = await import('../../sim/seed.ts')
  const seeds = Array.from({ length: SEEDS_MAX }, (_, at) => at + 1)
  for (const seed of [NOTICED_LAST[name] ?? 1, ...seeds]) {
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
  const failure = await firstFailure(name)
  vi.doUnmock(path)
  expect(failure, name).not.toBeNull()
  console.log(`${name} -> ${failure}`)
})

test.each(STORAGE_MUTANTS)('$name: noticed', { timeout: TIMEOUT_MS }, async ({ name, change }) => {
  const failure = await firstFailure(name, { mutate: (storage) => change(storage) })
  expect(failure, name).not.toBeNull()
  console.log(`${name} -> ${failure}`)
})
