// That what happens often reads a bounded stretch of an index, however many tasks there are. Plans are asked for with
// sequential scans made unattractive: one that still has such a scan has no index to use. The sizes are for benchmarks.
import { PGlite } from '@electric-sql/pglite'
import { createPostgresStorage, fromPglite, migrate, type SqlClient } from '@mission-control/adapter-postgres'
import { unwrap } from '@mission-control/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestHarness, type TestAgent, type TestHarness } from '../src/index.ts'

interface Sent {
  readonly text: string
  readonly values: readonly unknown[]
}

let client: SqlClient
let h: TestHarness
let worker: TestAgent
let sent: Sent[] = []

beforeAll(async () => {
  client = fromPglite(new PGlite())
  await migrate(client)
  await client.query('set enable_seqscan = off')
  const recording: SqlClient = {
    query: (text, values = [], name) => {
      sent.push({ text, values })
      return client.query(text, values, name)
    },
  }
  h = await createTestHarness({ storage: (clock) => createPostgresStorage({ client: recording, clock }) })
  worker = await h.agent()
  for (let count = 0; count < 5; count++) unwrap(await h.admin.tasks.create({ title: `Task ${count}`, type: 'DOCS' }))
})
afterAll(() => client.close?.())

/** Tables that grow with the work. */
const GROWING = ['tasks', 'runs', 'events', 'approvals', 'notifications', 'messages', 'usage_lines', 'tool_calls']

async function scansOf(work: () => Promise<unknown>): Promise<string[]> {
  sent = []
  await work()
  const asked = [...sent]
  expect(asked.length).toBeGreaterThan(0)
  const scans: string[] = []
  for (const { text, values } of asked) {
    const { rows } = await client.query(`explain (costs off) ${text}`, values)
    const plan = rows.map((row) => String(row['QUERY PLAN'])).join('\n')
    const names = [...plan.matchAll(/Seq Scan on (\w+)/g)].map((match) => match[1] ?? '')
    scans.push(...names.filter((name) => GROWING.includes(name)))
  }
  return scans
}

const BEAT = { sessionKey: 's', health: 'IDLE', currentTaskId: null } as const

test.each<[string, () => Promise<unknown>]>([
  ['a heartbeat with its reply', async () => unwrap(await worker.client.agents.heartbeat(BEAT))],
  ['a search', async () => unwrap(await h.admin.search.tasks({ q: 'task' }))],
  ['the counts of a project', async () => unwrap(await h.admin.projects.stats({}))],
  ['a page of tasks', async () => unwrap(await h.admin.tasks.list({ limit: 2 }))],
  ['a timeline', async () => unwrap(await h.admin.events.list({ limit: 2, newestFirst: true }))],
  ['a claim', async () => worker.client.tasks.claim({ taskId: 'tsk_none' })],
])('R-99: %s reads no table from end to end', async (_, work) => {
  expect(await scansOf(work)).toEqual([])
})

test('R-99: a reply offers a bounded number of tasks, however many there are', async () => {
  for (let count = 0; count < 30; count++) unwrap(await h.admin.tasks.create({ title: `More ${count}`, type: 'DOCS' }))
  const reply = unwrap(await worker.client.agents.heartbeat({ ...BEAT, sessionKey: 't' }))
  expect(reply.claimable.length).toBeLessThanOrEqual(20)
  expect(unwrap(await h.admin.search.tasks({ q: 'more' })).data).toHaveLength(20)
})

test('R-80: holding money reads no entry of the ledger, so it takes as long with a million of them', async () => {
  const price = { provider: 'acme', model: 'some-model', inputMicrosPerMillion: 1, outputMicrosPerMillion: 1 }
  const content = { prices: { models: [price], fallback: null } }
  const { id } = unwrap(await h.admin.policies.draft({ name: 'money', content }))
  unwrap(await h.admin.policies.activate({ policyId: id }))
  sent = []
  const start = { sessionKey: 's', model: 'some-model', estimatedCostMicros: 1_000 }
  const { run } = unwrap(await worker.client.runs.start(start))
  const asked = [...sent]
  expect(unwrap(await h.admin.runs.get({ runId: run.id })).reservationId).not.toBe('')
  const { rows } = await client.query('select count(*)::int as entries from mission_control.ledger_entries')
  expect(rows[0]?.entries).toBeGreaterThan(0)
  for (const { text, values } of asked) {
    const plan = await client.query(`explain (costs off) ${text}`, values)
    const lines = plan.rows.map((row) => String(row['QUERY PLAN']))
    // It is written to; nothing looks into it.
    expect(lines.filter((line) => /Scan .*ledger_entries/.test(line))).toEqual([])
  }
})
