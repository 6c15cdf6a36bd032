import { expectEqual } from '../conformance/expect.ts'
import { type ContractCase, freshName, newAgent, newTask, PLAN } from './contract-case.ts'

/** What a call does: once, by whom it was made, or not at all. */
export const effectCases: readonly ContractCase[] = [
  {
    id: 'effects:idempotency',
    behaviour: 'answers a repeat with the same key from store, and refuses the key for another input',
    run: async ({ admin }) => {
      const input = { title: freshName('Once'), type: 'DOCS' } as const
      const context = { idempotencyKey: freshName('key').replace(' ', '-') }
      let replays = 0
      const first = await admin.tasks.create(input, context)
      const again = await admin.tasks.create(input, { ...context, onReplay: () => (replays += 1) })
      expectEqual(again, first, 'the stored answer')
      expectEqual(replays, 1, 'replays')
      const other = await admin.tasks.create({ ...input, title: freshName('Other') }, context)
      expectEqual(other.ok || other.error.code, 'IDEMPOTENCY_KEY_REUSED', 'another input')
    },
  },
  {
    id: 'effects:one-winner',
    behaviour: 'lets exactly one of many claim a task',
    run: async (harness) => {
      const taskId = await newTask(harness)
      const agents = await Promise.all(Array.from({ length: 4 }, () => newAgent(harness)))
      const claims = await Promise.all(agents.map(({ client }) => client.tasks.claim({ taskId, workPlan: PLAN })))
      expectEqual(claims.filter(({ ok }) => ok).length, 1, 'winners')
    },
  },
  {
    id: 'effects:versions',
    behaviour: 'refuses a change of a row that has changed meanwhile',
    run: async (harness) => {
      const taskId = await newTask(harness)
      const title = freshName('Renamed')
      const one = await harness.admin.tasks.update({ taskId, expectedVersion: 1, title })
      expectEqual(one.ok, true, 'the first')
      const two = await harness.admin.tasks.update({ taskId, expectedVersion: 1, title: freshName('Late') })
      expectEqual(two.ok || two.error.code, 'VERSION_CONFLICT', 'the second')
      const read = await harness.admin.tasks.get({ taskId })
      expectEqual(read.ok && read.data.title, title, 'what stands')
    },
  },
  {
    id: 'effects:rights',
    behaviour: 'gives an agent no rights of a person, and a revoked key none at all',
    run: async (harness) => {
      const { client, id } = await newAgent(harness)
      const paused = await client.agents.control({ agentId: id, action: 'PAUSE', reason: 'tired' })
      expectEqual(paused.ok || paused.error.code, 'FORBIDDEN', 'control')
      const found = await harness.admin.agents.get({ agentId: id })
      if (!found.ok) throw new Error(found.error.detail)
      const keys = await harness.admin.keys.list({ principalId: found.data.agent.principalId })
      if (!keys.ok) throw new Error(keys.error.detail)
      for (const key of keys.data.data) await harness.admin.keys.revoke({ credentialId: key.id })
      const after = await client.tasks.list({})
      expectEqual(after.ok || after.error.code, 'UNAUTHENTICATED', 'after the end of the key')
    },
  },
]
