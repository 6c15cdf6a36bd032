import { type StorageHarness, storageConformance } from '@mission-control/testing/conformance'
import { test } from 'vitest'
import { createMemoryStorage } from '../../src/index.ts'

function openHarness(): StorageHarness {
  let now = 1_760_000_000_000
  const storage = createMemoryStorage({ clock: { now: () => now } })
  return {
    storage,
    advance: async (ms) => {
      now += ms
    },
    close: () => storage.close(),
  }
}

for (const { id, behaviour, run } of storageConformance) {
  test(`${id}: ${behaviour}`, async () => {
    const harness = openHarness()
    try {
      await run(harness)
    } finally {
      await harness.close()
    }
  })
}
