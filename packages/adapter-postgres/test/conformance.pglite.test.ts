import { storageConformance } from '@mission-control/testing/conformance'
import { afterAll, beforeAll, test } from 'vitest'
import { pgliteStores, type TestStores } from './stores.ts'

let stores: TestStores
beforeAll(async () => {
  stores = await pgliteStores()
})
afterAll(() => stores.end())

for (const { id, behaviour, run } of storageConformance) {
  test(`${id}: ${behaviour}`, async () => {
    const harness = await stores.harness()
    try {
      await run(harness)
    } finally {
      await harness.close()
    }
  })
}
