// At the full size: 100,000 tasks, a million events and a million entries of the ledger, in one project. Whatever is
// asked of the store while work goes on finds its rows by an index and reads few of them, planned the way connections
// of a host plan: before the values are known. The rows come from SQL, copies of real ones.
import { createPostgresStorage, fromPool, migrate, type SqlClient } from '@mission-control/adapter-postgres'
import { unwrap } from '@mission-control/core'
import { Client, Pool } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test-support/test-database.ts'
import { createTestHarness, type TestAgent, type TestHarness } from '../src/index.ts'

const TASKS = 100_000
const EVENTS = 1_000_000
const ENTRIES = 1_000_000
/** Events of one task, whose timeline is read. */
const TIMELINE = 10_000
/** The most rows that any part of a statement may touch: a page of 200, and what is beside it. */
const ROWS_MAX = 1_000
const BIG = ['tasks', 'events', 'ledger_entries']

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Rows Removed by Index Recheck'?: number
  readonly Plans?: readonly PlanNode[]
}

let database: TestDatabase
let session: Client
let faults: string[] = []
let isWatching = false
let statements = 0
let h: TestHarness
let worker: TestAgent
let bulkTaskId = ''

function* nodesOf(node: PlanNode): Iterable<PlanNode> {
  yield node
  for (const inner of node.Plans ?? []) yield* nodesOf(inner)
}

function faultsOf(root: PlanNode, text: string): string[] {
  const found: string[] = []
  for (const node of nodesOf(root)) {
    const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0)
    const rows = (node['Actual Rows'] + removed) * node['Actual Loops']
    const relation = node['Relation Name'] ?? ''
    const about = `${node['Node Type']} ${relation}: ${rows} rows, in ${text.replaceAll(/\s+/g, ' ').slice(0, 200)}`
    // One row is what "is there any" reads.
    if (node['Node Type'] === 'Seq Scan' && BIG.includes(relation) && rows > 1) found.push(about)
    else if (rows > ROWS_MAX) found.push(about)
  }
  return found
}

let last: Promise<unknown> = Promise.resolve()

/** Explains each statement before it runs, undone, on the same connection: one after the other. */
const explaining: SqlClient = {
  query: (text, values = []) => {
    const answer = last.then(() => explained(text, values))
    last = answer.catch(() => undefined)
    return answer
  },
}

async function explained(text: string, values: readonly unknown[]) {
  if (isWatching) {
    statements++
    await session.query('begin')
    const { rows } = await session.query(`explain (analyze, buffers, format json) ${text}`, [...values])
    await session.query('rollback')
    faults.push(...faultsOf(rows[0]['QUERY PLAN'][0].Plan as PlanNode, text))
  }
  return session.query(text, [...values])
}

async function watching(work: () => Promise<unknown>): Promise<void> {
  faults = []
  statements = 0
  isWatching = true
  try {
    await work()
  } finally {
    isWatching = false
  }
  expect(statements).toBeGreaterThan(0)
  expect(faults).toEqual([])
}

/** Copies of one row, with some columns made from `n`. */
async function multiply(table: string, where: string, count: number, made: Readonly<Record<string, string>>) {
  const { rows } = await session.query(
    `select quote_ident(column_name) as name from information_schema.columns
     where table_schema = 'mission_control' and table_name = $1 order by ordinal_position`,
    [table],
  )
  const names = rows.map(({ name }) => String(name))
  const columns = names.map((name) => made[name] ?? `t.${name}`)
  await session.query(
    `insert into mission_control.${table} (${names.join(', ')}) overriding system value
     select ${columns.join(', ')} from (select * from mission_control.${table} where ${where} limit 1) as t,
       generate_series(1, ${count}) as n`,
  )
}

beforeAll(async () => {
  database = await createTestDatabase()
  const pool = new Pool({ connectionString: database.url, max: 1 })
  await migrate(fromPool(pool))
  await pool.end()
  session = new Client({ connectionString: database.url })
  await session.connect()
  h = await createTestHarness({ storage: (clock) => createPostgresStorage({ client: explaining, clock }) })
  worker = await h.agent({ maxConcurrentTasks: 50 })
  const price = { provider: 'acme', model: 'some-model', inputMicrosPerMillion: 1, outputMicrosPerMillion: 1 }
  const content = { prices: { models: [price], fallback: null } }
  const { id } = unwrap(await h.admin.policies.draft({ name: 'money', content }))
  unwrap(await h.admin.policies.activate({ policyId: id }))
  const task = unwrap(await h.admin.tasks.create({ title: 'Write the guide', type: 'DOCS' }))
  unwrap(await worker.client.runs.start({ sessionKey: 's', model: 'some-model', estimatedCostMicros: 1_000 }))
  bulkTaskId = task.id
  for (const table of BIG) await session.query(`alter table mission_control.${table} set unlogged`)
  // Past the triggers, which would look at each row.
  await session.query('set session_replication_role = replica')
  await multiply('tasks', `id = '${task.id}'`, TASKS, {
    id: `'tsk_bulk_' || n`,
    created_at: 't.created_at + n',
    // Most of them are done; a tenth waits.
    status: `case when n % 10 = 0 then 'INBOX' else 'DONE' end`,
  })
  await multiply('events', `task_id = '${task.id}'`, EVENTS, {
    id: `'evt_bulk_' || n`,
    seq: `n + ${EVENTS}`,
    task_id: `case when n <= ${TIMELINE} then t.task_id else 'tsk_bulk_' || (n / 10) end`,
  })
  await multiply('ledger_entries', 'true', ENTRIES, { id: `'led_bulk_' || n`, at: 't.at + n' })
  // All of that counts as sealed.
  await session.query(`insert into mission_control.seals (log, seq, xid, place, prev_hash, hash)
    select '${h.projectId}', 1, xid, seq, '', '' from mission_control.events order by xid desc, seq desc limit 1`)
  await session.query('set session_replication_role = origin')
  await session.query('analyze')
  // As fromPool sets it.
  await session.query('set plan_cache_mode = force_generic_plan')
}, 180_000)
afterAll(async () => {
  await session.end()
  await database.drop()
})

const PLAN = { bullets: ['a', 'b', 'c'] }
const BEAT = { sessionKey: 's', health: 'IDLE', currentTaskId: null } as const

test('the size is what it says', async () => {
  for (const [table, count] of [
    ['tasks', TASKS],
    ['events', EVENTS],
    ['ledger_entries', ENTRIES],
  ] as const) {
    const { rows } = await session.query(`select count(*)::int as count from mission_control.${table}`)
    expect(rows[0].count).toBeGreaterThan(count)
  }
})

test.each<[string, () => Promise<unknown>]>([
  [
    'a claim, with its plan',
    async () => unwrap(await worker.client.tasks.claim({ taskId: bulkTaskId, workPlan: PLAN })),
  ],
  [
    'the next task of the queue',
    async () => expect(unwrap(await worker.client.tasks.claimNext({})).task).not.toBeNull(),
  ],
  ['a heartbeat with its reply', async () => unwrap(await worker.client.agents.heartbeat(BEAT))],
  ['a message', async () => unwrap(await worker.client.messages.post({ taskId: bulkTaskId, content: 'half way' }))],
  ['one task', async () => unwrap(await worker.client.tasks.get({ taskId: bulkTaskId }))],
  ['a page of tasks', async () => unwrap(await h.admin.tasks.list({ limit: 50 }))],
  ['a page of the waiting tasks', async () => unwrap(await h.admin.tasks.list({ limit: 50, status: ['INBOX'] }))],
  [
    'a submission',
    async () => {
      const { epoch } = unwrap(await worker.client.tasks.get({ taskId: bulkTaskId }))
      unwrap(await worker.client.tasks.complete({ taskId: bulkTaskId, epoch, deliverable: { content: 'Done.' } }))
    },
  ],
  [
    'the feed, from near its end',
    async () => {
      const { events } = await h.storage.queries.timeline({ newestFirst: true, limit: 50 })
      await h.storage.readEvents({ after: events.at(-1)?.cursor ?? null, limit: 200 })
    },
  ],
  [
    'the feed of a project, from its beginning',
    async () => {
      await h.storage.readEvents({ after: null, limit: 200, projectId: h.projectId })
    },
  ],
  [
    'what is to be sealed next',
    async () => {
      await h.storage.readUnsealed(200)
      await h.mc.record.lag()
    },
  ],
])('R-99: %s reads few rows, by an index', async (_, work) => {
  await watching(work)
})

test('R-99: a timeline of 10,000 events is read page by page, each as fast as the first', async () => {
  await watching(async () => {
    let cursor: string | undefined
    for (let page = 0; page < 3; page++) {
      const paging = { limit: 50, newestFirst: true, ...(cursor === undefined ? {} : { cursor }) }
      const { data, nextCursor } = unwrap(await h.admin.events.list({ taskId: bulkTaskId, ...paging }))
      expect(data).toHaveLength(50)
      cursor = nextCursor ?? undefined
    }
  })
})

test('R-80: holding money and giving it back reads no more of the ledger when it has a million entries', async () => {
  const start = { sessionKey: 's', model: 'some-model', estimatedCostMicros: 1_000 }
  await watching(async () => {
    const { run } = unwrap(await worker.client.runs.start(start))
    unwrap(await worker.client.runs.complete({ runId: run.id }))
  })
})
