import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { Random } from '../../sim/random.ts'
import { Scheduler } from '../../sim/scheduler.ts'
import { runSeed } from '../../sim/seed.ts'
import SEEDS from '../regressions/seeds.json' with { type: 'json' }

const MAIN = fileURLToPath(new URL('../../sim/main.ts', import.meta.url))
const TIMEOUT_MS = 600_000

/** Runs the command as `npm run sim` does, and gives what it printed. */
async function sim(...args: readonly string[]): Promise<string> {
  const flags = ['--conditions=@mission-control/source', '--import', 'tsx']
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, MAIN, ...args])
  return stdout
}

test('what is due comes in the order of its time, and nothing overtakes what follows from it', async () => {
  const scheduler = new Scheduler(0, new Random(1))
  const seen: string[] = []
  const actor = async (name: string, ms: number) => {
    await scheduler.wait(ms)
    seen.push(`${name} at ${scheduler.now}`)
    await Promise.resolve()
    seen.push(`${name} goes on`)
  }
  void actor('late', 20)
  void actor('early', 10)

  while (await scheduler.step()) seen.push('step')

  expect(seen).toEqual(['early at 10', 'early goes on', 'step', 'late at 20', 'late goes on', 'step'])
})

test('a seed is the same each time it runs, and another one is not', async () => {
  const [first, again, other] = [
    await runSeed({ seed: 7, steps: 300 }),
    await runSeed({ seed: 7, steps: 300 }),
    await runSeed({ seed: 8, steps: 300 }),
  ]

  expect(again).toEqual(first)
  expect(other.hash).not.toBe(first.hash)
})

test('seeds that found something once find nothing any more', { timeout: TIMEOUT_MS }, async () => {
  for (const { seed, steps, found } of SEEDS) {
    const { violations } = await runSeed({ seed, steps })
    expect(violations, `seed ${seed}, which once found: ${found}`).toEqual([])
  }
})

test('equal arguments give an equal hash, however many workers there are', { timeout: TIMEOUT_MS }, async () => {
  const args = ['--seeds', '4', '--steps', '200', '--first-seed', '900']
  const lines = [await sim(...args, '--workers', '1'), await sim(...args, '--workers', '3')].map((said) =>
    said.trim().split('\n').at(-1),
  )

  expect(lines[0]).toMatch(/^seeds=4 steps=200 violations=0 hash=[0-9a-f]{16}$/)
  expect(lines[1]).toBe(lines[0])
})

test('200 seeds break no rule and reach every edge and every refusal', { timeout: TIMEOUT_MS }, async () => {
  const said = await sim('--seeds', '200', '--steps', '1000')

  console.log(said.trim())
  expect(said).not.toContain('never reached')
  expect(said.trim().split('\n').at(-1)).toMatch(/^seeds=200 steps=1000 violations=0 hash=[0-9a-f]{16}$/)
})
