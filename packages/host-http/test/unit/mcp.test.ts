import { PassThrough } from 'node:stream'
import { unwrap } from '@mission-control/core'
import type { TestAgent } from '@mission-control/testing'
import { Client, InMemoryTransport, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { StdioServerTransport } from '@modelcontextprotocol/server/stdio'
import { afterEach, describe, expect, test } from 'vitest'
import { MCP_TOOLS, serveMcpOverStdio } from '../../src/mcp.ts'
import { createHttpHarness, type HttpHarness, TASK } from './http-harness.ts'

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function harness(): Promise<HttpHarness> {
  const h = await createHttpHarness()
  opened.push(h)
  return h
}

/** An MCP client of that key, over HTTP without a socket. */
async function connected(h: HttpHarness, key: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' })
  await client.connect(
    new StreamableHTTPClientTransport(new URL('http://mc.test/mcp'), {
      fetch: (input, init) => h.handler(new Request(input, init)),
      requestInit: { headers: { authorization: `Bearer ${key}` } },
    }),
  )
  opened.push(client)
  return client
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
type Told = any

async function call(client: Client, name: string, given: Record<string, unknown> = {}) {
  const answer = await client.callTool({ name, arguments: given })
  return { isError: answer.isError === true, told: answer.structuredContent as Told, content: answer.content }
}

async function agentKey(h: HttpHarness, agent: TestAgent): Promise<string> {
  return unwrap(await h.admin.keys.issue({ principalId: agent.principalId })).key
}

const names = async (client: Client) => (await client.listTools()).tools.map(({ name }) => name)

describe('the tools', () => {
  test('of an agent are those of the specification; a person has no agent and is offered none that needs one', async () => {
    const h = await harness()
    const agent = await h.agent()
    const forAgent = await names(await connected(h, await agentKey(h, agent)))
    const forAdmin = await names(await connected(h, h.adminKey))
    expect(forAgent.toSorted()).toEqual(MCP_TOOLS.map(({ name }) => name).toSorted())
    expect(forAgent).toHaveLength(18)
    expect(forAdmin).toContain('mc_create_task')
    for (const name of ['mc_heartbeat', 'mc_claim_task', 'mc_gate', 'mc_start_run', 'mc_request_approval']) {
      expect(forAdmin).not.toContain(name)
      await expect(call(await connected(h, h.adminKey), name)).rejects.toThrow()
    }
  })

  test('show what the registry takes, without what the key says', async () => {
    const h = await harness()
    const client = await connected(h, await agentKey(h, await h.agent()))
    const { tools } = await client.listTools()
    const schemaOf = (wanted: string) => tools.find(({ name }) => name === wanted)?.inputSchema
    expect(Object.keys(schemaOf('mc_create_task')?.properties ?? {})).toContain('title')
    expect(schemaOf('mc_create_task')?.required).toEqual(expect.arrayContaining(['title', 'type']))
    expect(schemaOf('mc_create_task')?.required).not.toContain('projectId')
    expect(Object.keys(schemaOf('mc_put_document')?.properties ?? {})).not.toContain('agentId')
    expect(Object.keys(schemaOf('mc_heartbeat')?.properties ?? {})).not.toContain('agentId')
  })

  test('claim and start a task as the agent of the key', async () => {
    const h = await harness()
    const agent = await h.agent()
    const task = unwrap(await h.admin.tasks.create(TASK))
    const client = await connected(h, await agentKey(h, agent))
    const listed = await call(client, 'mc_list_tasks', { status: ['INBOX'] })
    expect(listed.told.data.map(({ id }: { id: string }) => id)).toEqual([task.id])
    const claimed = await call(client, 'mc_claim_task', { taskId: task.id })
    expect(claimed).toMatchObject({ isError: false, told: { task: { claim: { agentId: agent.id } } } })
    const stored = unwrap(await h.admin.tasks.get({ taskId: task.id }))
    expect(stored.claim?.agentId).toBe(agent.id)
    const rival = await connected(h, await agentKey(h, await h.agent()))
    const lost = await call(rival, 'mc_claim_task', { taskId: task.id })
    expect(lost).toMatchObject({ isError: true, told: { code: 'CLAIM_LOST', owner: agent.id } })
    expect(lost.told.hint).not.toBe('')
  })

  test('repeat with a key has one effect', async () => {
    const h = await harness()
    const client = await connected(h, h.adminKey)
    const given = { ...TASK, projectId: 'test', idempotencyKey: 'once' }
    const [first, second] = [await call(client, 'mc_create_task', given), await call(client, 'mc_create_task', given)]
    expect(second.told.id).toBe(first.told.id)
    expect(unwrap(await h.admin.tasks.list({})).data).toHaveLength(1)
  })

  test('keep documents of the own agent', async () => {
    const h = await harness()
    const agent = await h.agent()
    const client = await connected(h, await agentKey(h, agent))
    const put = await call(client, 'mc_put_document', { type: 'WORKING_MD', content: 'Half done.' })
    expect(put.isError).toBe(false)
    const got = await call(client, 'mc_get_document', { type: 'WORKING_MD' })
    expect(JSON.stringify(got.told)).toContain('Half done.')
  })

  test('give what may be read under an address', async () => {
    const h = await harness()
    const task = unwrap(await h.admin.tasks.create(TASK))
    const client = await connected(h, h.adminKey)
    const { contents } = await client.readResource({
      uri: `mission-control://projects/${h.projectId}/tasks/${task.id}`,
    })
    expect(JSON.parse((contents[0] as { text: string }).text)).toMatchObject({ id: task.id })
    const missing = await client.readResource({ uri: `mission-control://projects/${h.projectId}/tasks/tsk_none` })
    expect((missing.contents[0] as { text: string }).text).toContain('NOT_FOUND')
  })
})

describe('R-40: the gate over MCP', () => {
  test('a RED call gets the address where people decide; nothing here decides, whoever calls', async () => {
    const h = await harness()
    const agent = await h.agent()
    const client = await connected(h, await agentKey(h, agent))
    const gate = { sessionKey: 's', callId: 'c1', tool: 'transfer_funds', input: { amount: 5 } }
    const task = unwrap(await h.admin.tasks.create(TASK))
    const { told: claimed } = await call(client, 'mc_claim_task', { taskId: task.id })
    const why = { justification: 'It must be paid.', rollbackPlan: 'Ask for it back.' }
    const asked = { ...gate, ...why, taskId: task.id, epoch: claimed.epoch }
    const bullets = ['Look.', 'Count.', 'Tell.']
    await call(client, 'mc_start_task', { taskId: task.id, epoch: claimed.epoch, workPlan: { bullets } })
    const { told } = await call(client, 'mc_gate', asked)
    expect(told).toMatchObject({ decision: 'NEEDS_APPROVAL', riskLevel: 'RED', approvalId: expect.any(String) })
    const where = `http://mc.test/v1/projects/${h.projectId}/approvals/${told.approvalId}`
    expect(told.approvalUrls).toEqual([where])
    expect((await h.ask('GET', where.slice('http://mc.test'.length))).json.id).toBe(told.approvalId)
    for (const key of [await agentKey(h, agent), h.adminKey]) {
      const asking = await connected(h, key)
      for (const name of ['mc_decide_approval', 'mc_approve', 'approvals.decide', 'mc_approvals_decide']) {
        expect(await names(asking)).not.toContain(name)
        const given = { approvalId: told.approvalId, verdict: 'APPROVE' }
        await expect(call(asking, name, given)).rejects.toThrow()
      }
    }
    const { told: seen } = await call(client, 'mc_get_approval', { approvalId: told.approvalId })
    expect(seen.status).toBe('PENDING')
  })
})

describe('what is refused', () => {
  test('R-01: every request without a key that opens, before anything is read', async () => {
    const h = await harness()
    for (const key of [null, 'nonsense', 'mc_live_01ARZ3NDEKTSV4RRFFQ69G5FAV_0123456789012345678901234567']) {
      const list = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
      for (const method of ['POST', 'GET', 'DELETE']) {
        const answer = await h.ask(method, '/mcp', { key, ...(method === 'POST' ? { body: list } : {}) })
        expect([answer.status, answer.json.code]).toEqual([401, 'UNAUTHENTICATED'])
      }
    }
  })

  test('R-02: an agent, an actor or a principal in the arguments', async () => {
    const h = await harness()
    const agent = await h.agent()
    const other = await h.agent()
    const task = unwrap(await h.admin.tasks.create(TASK))
    const client = await connected(h, await agentKey(h, agent))
    const forged: [string, Record<string, unknown>][] = [
      ['mc_claim_task', { taskId: task.id, agentId: other.id }],
      ['mc_claim_task', { taskId: task.id, actor: { kind: 'HUMAN' } }],
      ['mc_put_document', { type: 'SOUL_MD', content: 'Obey.', agentId: other.id }],
      ['mc_heartbeat', { sessionKey: 's', health: 'IDLE', currentTaskId: null, agentId: other.id }],
      ['mc_create_task', { ...TASK, principalId: other.principalId }],
    ]
    for (const [name, given] of forged) {
      const answer = await call(client, name, given)
      expect([name, answer.isError, answer.told.code]).toEqual([name, true, 'VALIDATION'])
    }
    expect(unwrap(await h.admin.tasks.get({ taskId: task.id })).claim).toBeNull()
  })

  test('R-04: rows of another project', async () => {
    const h = await harness()
    const other = unwrap(await h.admin.projects.create({ name: 'Other', slug: 'other' }))
    const task = unwrap(await h.admin.tasks.create({ ...TASK, projectId: other.id }))
    const client = await connected(h, await agentKey(h, await h.agent()))
    const answers = [
      await call(client, 'mc_get_task', { taskId: task.id }),
      await call(client, 'mc_get_task', { taskId: task.id, projectId: other.id }),
      await call(client, 'mc_list_tasks', { projectId: 'other' }),
      await call(client, 'mc_claim_task', { taskId: task.id, projectId: other.id }),
    ]
    expect(answers.map(({ told }) => told.code)).toEqual(Array(4).fill('NOT_FOUND'))
  })

  test('input that is too large, nests too deeply, or has a name twice', async () => {
    const h = await harness()
    const before = (await h.ask('GET', 'P/tasks')).json.data.length
    const call = (args: string) =>
      `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"mc_create_task","arguments":${args}}}`
    const headers = { accept: 'application/json, text/event-stream' }
    const large = await h.ask('POST', '/mcp', { text: call(`{"title":"${'x'.repeat(1024 * 1024)}"}`), headers })
    expect([large.status, large.json.code]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
    const deep = await h.ask('POST', '/mcp', { text: call('['.repeat(60) + ']'.repeat(60)), headers })
    const twice = await h.ask('POST', '/mcp', { text: call('{"title":"a","title":"b"}'), headers })
    expect([deep.status, twice.status]).toEqual([400, 400])
    expect((await h.ask('GET', 'P/tasks')).json.data).toHaveLength(before)
  })

  test('a field that is too long, in the words of every other face', async () => {
    const h = await harness()
    const client = await connected(h, h.adminKey)
    const { isError, told } = await call(client, 'mc_create_task', {
      ...TASK,
      projectId: 'test',
      title: 'x'.repeat(201),
    })
    expect(isError).toBe(true)
    expect(told).toMatchObject({ code: 'VALIDATION', errors: [{ field: 'title' }] })
  })

  test('a page of another origin', async () => {
    const h = await harness()
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
    const answer = await h.ask('POST', '/mcp', { body, headers: { origin: 'https://elsewhere.example' } })
    expect([answer.status, answer.json.code]).toEqual([403, 'FORBIDDEN'])
  })

  test('R-26: an agent in quarantine may still beat, and learns why', async () => {
    const h = await harness()
    const agent = await h.agent()
    const key = await agentKey(h, agent)
    unwrap(await h.admin.agents.control({ agentId: agent.id, action: 'QUARANTINE', reason: 'It went astray.' }))
    const client = await connected(h, key)
    const beat = await call(client, 'mc_heartbeat', {
      projectId: 'test',
      sessionKey: 's',
      health: 'IDLE',
      currentTaskId: null,
    })
    expect(JSON.stringify(beat.told)).toMatch(/QUARANTINE|NOT_ACTIVE/)
    const refused = await call(client, 'mc_create_task', { ...TASK, projectId: h.projectId })
    expect(refused.told.code).toBe('AGENT_NOT_ACTIVE')
  })
})

describe('over standard input', () => {
  test('the same tools answer, and a key that opens nothing starts no server', async () => {
    const h = await harness()
    const agent = await h.agent()
    const [near, far] = InMemoryTransport.createLinkedPair()
    opened.push(await serveMcpOverStdio({ client: agent.client, transport: far as never }))
    const client = new Client({ name: 'test', version: '1' })
    await client.connect(near)
    opened.push(client)
    expect(await names(client)).toHaveLength(18)
    const task = unwrap(await h.admin.tasks.create(TASK))
    expect(await call(client, 'mc_claim_task', { taskId: task.id })).toMatchObject({ isError: false })
    unwrap(await h.admin.agents.control({ agentId: agent.id, action: 'PAUSE', reason: 'A pause.' }))
    const stale = await call(client, 'mc_claim_task', { taskId: task.id })
    expect(stale.told.code).toBe('AGENT_NOT_ACTIVE')
  })

  test('a line that is too long ends the connection instead of filling the memory', async () => {
    const h = await harness()
    const agent = await h.agent()
    const input = new PassThrough()
    const output = new PassThrough()
    const transport = new StdioServerTransport(input, output, { maxBufferSize: 64 * 1024 })
    opened.push(await serveMcpOverStdio({ client: agent.client, transport }))
    const closed = new Promise<void>((resolve) => {
      const { onclose } = transport
      transport.onclose = () => {
        onclose?.()
        resolve()
      }
    })
    input.write('x'.repeat(128 * 1024))
    await closed
    expect(output.read()).toBeNull()
  })
})
