import { type Clock, connectMissionControl, DEFAULT_POLICY, policyContent, unwrap } from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import { createHttpHandler, type Served, serve } from '@mission-control/host-http'
import { createHttpTransport } from '@mission-control/host-http/client'
import { createTestHarness, type TestHarness } from '@mission-control/testing'
import { type ContractHarness, clientContract } from '@mission-control/testing/conformance'
import { afterAll, beforeAll, describe, test } from 'vitest'

/** The agents of the contract have no model, so there is no price to know. */
const policy = policyContent.parse({ ...DEFAULT_POLICY, rules: { ...DEFAULT_POLICY.rules, onUnpriced: 'ALLOW' } })

/** Runs the contract in process and over a real connection, both on the same store. */
export function testContract(on: string, openStorage?: (clock: Clock) => Storage | Promise<Storage>): void {
  let h: TestHarness
  let served: Served
  const ways: Record<'in process' | 'over HTTP', () => Promise<ContractHarness>> = {
    'in process': async () => ({
      admin: h.admin,
      clientOf: async (key) => unwrap(await h.mc.authenticate(key)).inProject(h.projectId),
    }),
    'over HTTP': async () => {
      const transport = createHttpTransport({ baseUrl: served.url })
      const clientOf = (key: string) => connectMissionControl({ transport, key, projectId: h.projectId })
      return { admin: clientOf(h.adminKey), clientOf: async (key) => clientOf(key) }
    },
  }

  describe(`on ${on}`, () => {
    beforeAll(async () => {
      h = await createTestHarness({ policy, ...(openStorage === undefined ? {} : { storage: openStorage }) })
      served = await serve(createHttpHandler({ missionControl: h.mc }), { port: 0 })
    })
    afterAll(async () => {
      await served.close()
      await h.close()
    })

    describe.each(Object.entries(ways))('%s', (_, open) => {
      test.each(clientContract.map((one) => [`${one.id}: ${one.behaviour}`, one] as const))('%s', async (__, one) => {
        await one.run(await open())
      })
    })
  })
}
