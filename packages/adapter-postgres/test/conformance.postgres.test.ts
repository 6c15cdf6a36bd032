import { storageConformance } from '@mission-control/testing/conformance'
import { afterAll, beforeAll, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test-support/test-database.ts'
import { serverStores, type TestStores } from './stores.ts'

let database: TestDatabase
let stores: TestStores
beforeAll(async () => {
  database = await createTestDatabase()
  stores = await serverStores(database.url)
})
afterAll(async () => {
  await stores.end()
  await database.drop()
})

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
