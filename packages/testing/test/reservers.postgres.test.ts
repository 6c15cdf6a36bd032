import { createPostgresStorage, fromPool, migrate } from '@mission-control/adapter-postgres'
import { createMissionControl, type MissionControl, unwrap, verifyStore } from '@mission-control/core'
import { Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test-support/test-database.ts'

const HOSTS = 4
/** More by option: MC_RESERVERS=200 MC_RESERVE_ROUNDS=100. */
const RESERVERS = Number(process.env.MC_RESERVERS ?? 20)
const ROUNDS = Number(process.env.MC_RESERVE_ROUNDS ?? 2)
const HOLD_MICROS = 100_000
/** So many fit, and a rest that is too small for one more. */
const FIT = 13
const CAP_MICROS = FIT * HOLD_MICROS + HOLD_MICROS - 1
const MODEL = 'known-model'
const REFUSALS = new Set(['BUDGET_EXCEEDED', 'AGENT_NOT_ACTIVE', 'APPROVAL_REQUIRED', 'TRANSITION_REFUSED'])

let database: TestDatabase
let hosts: MissionControl[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  const clients = Array.from({ length: HOSTS }, () => fromPool(new Pool({ connectionString: database.url, max: 4 })))
  await migrate(clients[0] as (typeof clients)[number])
  hosts = clients.map((client) => createMissionControl({ storage: createPostgresStorage({ client }) }))
})

afterAll(async () => {
  await Promise.all(hosts.map((host) => host.close()))
  await database.drop()
})

test(
  'many reservers on one account over four hosts, round after round: not one micro-USD over',
  async () => {
    const [host] = hosts as [MissionControl]
    const set = unwrap(
      await host.bootstrap({ admin: { displayName: 'Ada' }, project: { name: 'Money', slug: 'money' } }),
    )
    const projectId = set.projectId ?? ''
    const admin = (await host.as(set.principalId)).inProject(projectId)
    const price = {
      provider: 'acme',
      model: MODEL,
      inputMicrosPerMillion: 1_000_000,
      outputMicrosPerMillion: 2_000_000,
    }
    const draft = unwrap(
      await admin.policies.draft({ name: 'money', content: { prices: { models: [price], fallback: null } } }),
    )
    unwrap(await admin.policies.activate({ policyId: draft.id }))
    const caps = { budgetDailyMicros: 1_000_000_000, budgetPerRunMicros: HOLD_MICROS, maxConcurrentTasks: 50 }
    for (let round = 0; round < ROUNDS; round++) {
      const made = unwrap(await admin.agents.register({ ...caps, name: `Worker ${round}` }))
      const task = unwrap(
        await admin.tasks.create({ title: `Round ${round}`, type: 'DOCS', budgetAllocatedMicros: CAP_MICROS }),
      )
      const worker = await host.as(made.principalId)
      const plan = { bullets: ['one', 'two', 'three'] }
      const { epoch } = unwrap(await worker.tasks.claim({ taskId: task.id, workPlan: plan }))
      const clients = await Promise.all(hosts.map((one) => one.as(made.principalId)))
      const start = { taskId: task.id, epoch, sessionKey: 's', model: MODEL, estimatedCostMicros: HOLD_MICROS }
      const outcomes = await Promise.all(
        Array.from({ length: RESERVERS }, (_, n) => (clients[n % HOSTS] as (typeof clients)[number]).runs.start(start)),
      )
      const held = outcomes.filter(({ ok }) => ok).length
      expect(held).toBeLessThanOrEqual(FIT)
      expect(held).toBeGreaterThan(0)
      // Whoever is refused meets the spent budget, or what follows from it: the pause, the task that waits for people.
      const refused = new Set(outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.error.code])))
      expect([...refused].filter((code) => !REFUSALS.has(code))).toEqual([])
      const account = `${projectId}/TASK/${task.id}/USD/LIFETIME/`
      const storage = createPostgresStorage({ client: fromPool(new Pool({ connectionString: database.url, max: 1 })) })
      const [balance] = (await storage.load({ accounts: [account] })).balances
      expect(balance?.reserved).toBe(held * HOLD_MICROS)
      expect((balance?.reserved ?? 0) + (balance?.settled ?? 0)).toBeLessThanOrEqual(CAP_MICROS)
      if (round === ROUNDS - 1) expect((await verifyStore(storage)).violations).toEqual([])
      await storage.close()
    }
  },
  60_000 + ROUNDS * RESERVERS * 100,
)
