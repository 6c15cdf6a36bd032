import assert from 'node:assert/strict'
import { createMemoryStorage } from '@mission-control/adapter-memory'
import { createMissionControl, unwrap } from '@mission-control/core'
import { createHttpHandler, serve } from '@mission-control/host-http'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'

const mc = createMissionControl({ storage: createMemoryStorage() })
const setup = unwrap(await mc.bootstrap({ admin: { displayName: 'Ada' }, project: { name: 'Docs', slug: 'docs' } }))
const admin = (await mc.as(setup.principalId)).inProject(setup.projectId ?? '')
const host = await serve(createHttpHandler({ missionControl: mc }), { port: 0 })

// All that an MCP client needs is the address and the key of an agent.
const { key = '', agentId } = unwrap(await admin.agents.register({ name: 'Scribe', role: 'SPECIALIST' }))
const client = new Client({ name: 'scribe', version: '1.0.0' })
await client.connect(
  new StreamableHTTPClientTransport(new URL('/mcp', host.url), {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
  }),
)

async function call(name: string, given: Record<string, unknown> = {}) {
  const { isError = false, structuredContent } = await client.callTool({ name, arguments: given })
  return { isError, told: structuredContent as Record<string, unknown> }
}

const { tools } = await client.listTools()
console.log(tools.length, 'tools:', tools.map(({ name }) => name).join(' '))
assert.equal(tools.length, 18)

// The agent is the one of the key: it finds a task and takes it.
const task = unwrap(await admin.tasks.create({ title: 'Explain the install steps', type: 'DOCS' }))
const bullets = ['Read the code', 'Write the page', 'Try every step']
const claimed = await call('mc_claim_task', { taskId: task.id, workPlan: { bullets } })
assert.equal(unwrap(await admin.tasks.get({ taskId: task.id })).claim?.agentId, agentId)
const { epoch } = claimed.told

// Every call of a tool goes through the gate. What is harmless may be run at once.
const gate = { sessionKey: 's1', taskId: task.id, epoch }
const allowed = await call('mc_gate', { ...gate, tool: 'exec', input: { command: 'git status' } })
assert.equal(allowed.told.decision, 'ALLOW')

// What is RED waits for people. The answer says where they decide, and no tool decides.
const asked = await call('mc_gate', {
  ...gate,
  tool: 'transfer_funds',
  input: { amount: 5 },
  justification: 'The printer wants to be paid.',
  rollbackPlan: 'Ask for it back.',
})
assert.equal(asked.told.decision, 'NEEDS_APPROVAL')
const [address] = asked.told.approvalUrls as string[]
console.log('people decide at', address)
const given = { approvalId: asked.told.approvalId, verdict: 'APPROVE' }
await assert.rejects(client.callTool({ name: 'mc_decide_approval', arguments: given }))
const waiting = await call('mc_get_approval', { approvalId: asked.told.approvalId })
assert.equal(waiting.told.status, 'PENDING')

// A no is an error of the tool with a code, a reason and a hint, for the model to act on.
const lost = await call('mc_claim_task', { taskId: 'tsk_none' })
assert.equal(lost.isError, true)
assert.equal(lost.told.code, 'NOT_FOUND')
console.log(lost.told.code, '-', lost.told.hint)

await client.close()
await host.close()
await mc.close()
