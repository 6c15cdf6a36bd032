import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFuzz, type Fuzz } from './fuzz.ts'

const SEED = 20_260_101
const ROUND_MS = 10_000

let fuzz: Fuzz
beforeAll(async () => {
  fuzz = await createFuzz(Number(process.env.MC_FUZZ_SEED ?? SEED))
})
afterAll(() => fuzz.close())

test('whatever is sent, nothing breaks, hangs or is written by mistake', async () => {
  const { requests, faults } = await fuzz.run(Number(process.env.MC_FUZZ_MS ?? ROUND_MS))
  expect(faults).toEqual([])
  expect(requests).toBeGreaterThan(100)
}, 120_000)
