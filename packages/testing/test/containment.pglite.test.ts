// What races and what outlives a process, on the store that keeps it: containment, sub-agents, executors and jobs.
import { PGlite } from '@electric-sql/pglite'
import { createPostgresStorage, fromPglite, migrate } from '@mission-control/adapter-postgres'
import { createMissionControl, unwrap } from '@mission-control/core'
import type { Storage } from '@mission-control/core/storage'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestHarness, type TestHarness } from '../src/index.ts'

const MINUTE_MS = 60_000
const PLAN = { bullets: ['read', 'write', 'check'] }

const client = fromPglite(new PGlite())
let storage: Storage
let h: TestHarness

beforeAll(async () => {
  await migrate(client)
  h = await createTestHarness({
    storage: (clock) => {
      storage = createPostgresStorage({ client: { query: client.query }, clock })
      return storage
    },
  })
})
afterAll(() => client.close?.())

test('R-34: of sub-agents that are spawned at once none passes the quota', async () => {
  const lead = await h.agent({ role: 'LEAD' })
  const task = unwrap(await h.admin.tasks.create({ title: 'Lead it', type: 'DOCS' }))
  unwrap(await lead.client.tasks.claim({ taskId: task.id, workPlan: PLAN }))
  const wishes = Array.from({ length: 6 }, (_, index) => ({
    name: `sub ${index}`,
    parentTaskId: task.id,
    purpose: 'help',
  }))
  const outcomes = await Promise.all(wishes.map((wish) => lead.client.agents.spawn(wish)))
  const made = outcomes.filter((outcome) => outcome.ok)
  expect(made).toHaveLength(3)

  h.clock.advance(6 * 60 * MINUTE_MS)
  const { retired } = await h.mc.jobs.runDue()
  expect(retired).toBe(3)
  const agents = unwrap(await h.admin.agents.list({ limit: 200 })).data
  const children = agents.filter(({ parentAgentId }) => parentAgentId === lead.id)
  expect(children.map(({ status, retiredAt }) => [status, retiredAt !== null])).toEqual(
    Array.from({ length: 3 }, () => ['DRAINED', true]),
  )
})

test('R-83: a loop is found by the log, blocked and reported, once, by one of two hosts', async () => {
  const [ada, bob] = [await h.agent(), await h.agent()]
  const task = unwrap(await h.admin.tasks.create({ title: 'Talked about', type: 'DOCS' }))
  const quiet = unwrap(await h.admin.tasks.create({ title: 'Quiet', type: 'DOCS' }))
  unwrap(await ada.client.messages.post({ taskId: quiet.id, content: 'well' }))
  for (let turn = 0; turn < 12; turn++) {
    const author = turn % 2 === 0 ? ada : bob
    unwrap(await author.client.messages.post({ taskId: task.id, content: `turn ${turn}` }))
  }
  const other = createMissionControl({ storage })
  h.clock.advance(MINUTE_MS)
  await Promise.all([h.mc.jobs.runDue(), other.jobs.runDue()])
  expect(unwrap(await h.admin.tasks.get({ taskId: task.id }))).toMatchObject({ status: 'BLOCKED' })
  expect(unwrap(await h.admin.tasks.get({ taskId: quiet.id })).status).toBe('INBOX')
  h.clock.advance(MINUTE_MS)
  await Promise.all([h.mc.jobs.runDue(), other.jobs.runDue()])
  const filters = [{ field: 'taskId', op: 'eq', value: task.id } as const]
  const { rows } = await storage.queries.page({ kind: 'document', projectId: h.projectId, filters, limit: 10 })
  expect(rows.map(({ type }) => type)).toEqual(['REPORT'])
  const alerts = unwrap(await h.admin.alerts.list({ limit: 200 })).data
  expect(alerts.filter(({ type, taskId }) => type === 'LOOP_DETECTED' && taskId === task.id)).toHaveLength(1)
})

test('R-84: equal calls stop their run and block their task', async () => {
  const price = { provider: 'acme', model: 'm', inputMicrosPerMillion: 1, outputMicrosPerMillion: 1 }
  const content = { prices: { models: [price], fallback: null } }
  const draft = unwrap(await h.admin.policies.draft({ name: 'money', content }))
  unwrap(await h.admin.policies.activate({ policyId: draft.id }))
  const ada = await h.agent()
  const task = unwrap(await h.admin.tasks.create({ title: 'Round and round', type: 'DOCS' }))
  unwrap(await ada.client.tasks.claim({ taskId: task.id, workPlan: PLAN }))
  const { run } = unwrap(
    await ada.client.runs.start({ taskId: task.id, sessionKey: 's', model: 'm', estimatedCostMicros: 1 }),
  )
  const decisions: string[] = []
  for (let count = 1; count <= 11; count++) {
    const call = { sessionKey: 's', runId: run.id, callId: `c${count}`, tool: 'read_file', input: { path: 'a.md' } }
    const answer = unwrap(await ada.client.toolCalls.gate(call))
    decisions.push(answer.decision)
    if (answer.decision !== 'ALLOW') break
    unwrap(await ada.client.toolCalls.begin({ toolCallId: answer.toolCallId }))
    unwrap(await ada.client.toolCalls.end({ toolCallId: answer.toolCallId, status: 'SUCCESS' }))
  }
  expect(decisions).toEqual([...Array.from({ length: 10 }, () => 'ALLOW'), 'DENY'])
  expect(unwrap(await h.admin.runs.get({ runId: run.id })).stopReason).toBe('LOOP')
  expect(unwrap(await h.admin.tasks.get({ taskId: task.id })).status).toBe('BLOCKED')
})

test('R-96, R-97: a lease is given once, within the capacity, and counted back', async () => {
  const made = unwrap(
    await h.admin.executors.register({ name: 'worker', kind: 'CURSOR', types: ['CODE_CHANGE'], capacity: 2 }),
  )
  const worker = unwrap(await h.mc.authenticate(made.key)).inProject(h.projectId)
  const executorId = made.executor.id
  unwrap(await worker.executors.heartbeat({ executorId }))
  const asks = Array.from({ length: 5 }, (_, index) => ({ type: 'CODE_CHANGE' as const, payload: { index } }))
  await Promise.all(asks.map((ask) => h.admin.executions.request(ask)))
  const { executions } = unwrap(await worker.executors.heartbeat({ executorId }))
  expect(executions).toHaveLength(2)
  const [first, second] = executions
  if (first === undefined || second === undefined) throw new Error('two are in hand')
  const held = { executionId: first.id, epoch: first.epoch }
  const ends = await Promise.all([worker.executions.complete(held), worker.executions.complete(held)])
  expect(ends.filter(({ ok }) => ok)).toHaveLength(1)
  unwrap(await worker.executions.fail({ executionId: second.id, epoch: second.epoch, error: 'no network' }))
  const executor = unwrap(await h.admin.executors.list({})).data[0]
  expect(executor?.load).toBe(1)
})

test('an emergency stop is one commit', async () => {
  const ada = await h.agent()
  const task = unwrap(await h.admin.tasks.create({ title: 'Under way', type: 'DOCS' }))
  unwrap(await ada.client.tasks.claim({ taskId: task.id, workPlan: PLAN }))
  const stopped = unwrap(await h.admin.projects.emergencyStop({ reason: 'smoke' }))
  expect(stopped.agentsPaused).toBeGreaterThan(0)
  expect(unwrap(await h.admin.tasks.get({ taskId: task.id })).status).toBe('BLOCKED')
  const claimed = await ada.client.tasks.claim({ taskId: task.id })
  expect(claimed.ok ? 'ok' : claimed.error.code).toBe('AGENT_NOT_ACTIVE')
})
