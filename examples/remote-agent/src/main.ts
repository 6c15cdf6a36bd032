import assert from 'node:assert/strict'
import { createMemoryStorage } from '@mission-control/adapter-memory'
import { connectMissionControl, createAgent, createMissionControl, DEFAULT_POLICY, unwrap } from '@mission-control/core'
import { createHttpHandler, serve } from '@mission-control/host-http'
import { createHttpTransport } from '@mission-control/host-http/client'

// The host. In real life it runs elsewhere: `mission-control serve`.
const mc = createMissionControl({ storage: createMemoryStorage() })
// This agent has no model, so there is no price to know.
const policy = { ...DEFAULT_POLICY, rules: { ...DEFAULT_POLICY.rules, onUnpriced: 'ALLOW' as const } }
const setup = unwrap(
  await mc.bootstrap({ admin: { displayName: 'Ada' }, project: { name: 'Docs', slug: 'docs' }, policy }),
)
const admin = (await mc.as(setup.principalId)).inProject(setup.projectId ?? '')
const served = await serve(createHttpHandler({ missionControl: mc }), { port: 0 })
const task = unwrap(await admin.tasks.create({ title: 'Name the three most used commands', type: 'DOCS' }))

// What the agent's machine is given: the address, and a key with which one agent may register, within a ceiling.
const ceiling = {
  projectId: setup.projectId ?? '',
  roles: ['SPECIALIST' as const],
  budgetDailyMicros: 5_000_000,
  budgetPerRunMicros: 500_000,
  uses: 1,
}
const enrollment = unwrap(await admin.keys.issue({ principalId: setup.principalId, kind: 'ENROLLMENT', ceiling })).key

// The agent's machine. It enrolls once, keeps its own key, and is the same program as in process from then on.
const transport = createHttpTransport({ baseUrl: served.url })
const registered = unwrap(
  await connectMissionControl({ transport, key: enrollment, projectId: 'docs' }).agents.register({
    name: 'Scribe',
    role: 'SPECIALIST',
    allowedTaskTypes: ['DOCS'],
  }),
)
assert.ok(registered.key, 'a new agent is given a key, once')
const client = connectMissionControl({ transport, key: registered.key, projectId: 'docs' })
const agent = createAgent(client, {
  name: 'Scribe',
  plan: () => ['Read the list of commands', 'Count who uses what', 'Write the page'],
  handler: async (_, context) => {
    await context.progress('Counting')
    await context.usage({ label: 'counting', costMicros: 2_500 })
    return 'task list, task claim, task submit'
  },
})
const step = await agent.step()

assert.deepEqual({ ...step }, { directive: 'CONTINUE', taskId: task.id, outcome: 'submitted' })
assert.equal(unwrap(await admin.tasks.get({ taskId: task.id })).status, 'REVIEW')
const { data: runs } = unwrap(await admin.runs.list({ taskId: task.id }))
assert.deepEqual(
  runs.map(({ status, billedMicros }) => ({ status, billedMicros })),
  [{ status: 'COMPLETED', billedMicros: 2_500 }],
)
// The key has been used up: nobody else comes in with it.
const again = await connectMissionControl({ transport, key: enrollment, projectId: 'docs' }).agents.register({
  name: 'Eve',
})
assert.equal(again.ok, false)
console.log(`${step.taskId} is in REVIEW; it cost 2500 micro-USD; the enrollment key is used up.`)

await served.close()
await mc.close()
