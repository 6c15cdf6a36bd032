import { expect, test } from 'vitest'
import { fuzzUpdates } from '../fuzz-updates.ts'

/** `npm run fuzz` gives more. */
const FOR_MS = Number(process.env.MC_FUZZ_MS ?? 10_000)

test('updates that anybody may have written are answered or ignored, never thrown at', {
  timeout: FOR_MS + 30_000,
}, async () => {
  expect(await fuzzUpdates(FOR_MS)).toBeGreaterThan(100)
})
